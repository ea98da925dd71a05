import { describe, expect, test } from 'vitest';
import { DecodeError, EncodeError } from '../../lib/errors.ts';
import {
  decodeGroupDocument,
  decodeResultDocument,
  encodeGroupDocument,
  encodeResultDocument,
  groupResultTuple,
  type ResultDocument,
  type ResultTuple,
  taskResultTuple,
} from '../../lib/protocol/index.ts';
import { encodeUtf8 } from '../../lib/protocol/utf8.ts';

const plain: ResultDocument = {
  taskId: 'id-1',
  status: 'SUCCESS',
  result: 5,
  traceback: null,
  children: [],
  dateDone: new Date('2026-01-01T00:00:00.5Z'),
};

function encode(parts: Partial<ResultDocument> = {}): string {
  return new TextDecoder().decode(encodeResultDocument({ ...plain, ...parts }));
}

function decode(text: string): ResultDocument {
  return decodeResultDocument(new TextEncoder().encode(text));
}

describe('encodeResultDocument', () => {
  test("writes Celery's members in Celery's order", () => {
    expect(encode()).toBe(
      '{"status":"SUCCESS","result":5,"traceback":null,"children":[],"date_done":"2026-01-01T00:00:00.500000+00:00","task_id":"id-1"}',
    );
  });

  test('writes what is extended, stamps, and members unknown to it; null is kept, undefined left out', () => {
    const document = encode({
      groupId: 'g',
      parentId: null,
      name: 'shop.add',
      args: [1],
      kwargs: {},
      worker: null,
      retries: 0,
      queue: undefined,
      stampedHeaders: ['tenant'],
      stamps: { tenant: 't', status: 'no' },
      more: { extra: { a: 1 }, result: 'no' },
    });

    expect(Object.entries(JSON.parse(document)).slice(5)).toEqual([
      ['group_id', 'g'],
      ['parent_id', null],
      ['name', 'shop.add'],
      ['args', [1]],
      ['kwargs', {}],
      ['worker', null],
      ['retries', 0],
      ['stamped_headers', ['tenant']],
      ['tenant', 't'],
      ['extra', { a: 1 }],
      ['task_id', 'id-1'],
    ]);
    expect(JSON.parse(document)).toMatchObject({ status: 'SUCCESS', result: 5 });
  });

  test('writes null for a task that returned undefined', () => {
    expect(JSON.parse(encode({ result: undefined })).result).toBeNull();
  });

  test('names the place of what JSON cannot carry', () => {
    expect(() => encode({ result: { when: new Map() } })).toThrow(EncodeError);
    expect(() => encode({ result: { when: new Map() } })).toThrow(
      'Cannot write result.when as JSON',
    );
  });

  test('is never written deeper than it can be read', () => {
    const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

    expect(decode(encode({ result: nested(899) })).result).toEqual(nested(899));
    expect(() => encode({ result: nested(900) })).toThrow(/more than 900 deep/);
  });
});

describe('decodeResultDocument', () => {
  test('needs no more than Python does', () => {
    expect(decode('{"status":"SUCCESS","result":null}')).toEqual({
      taskId: '',
      status: 'SUCCESS',
      result: null,
      traceback: null,
      children: [],
      dateDone: null,
    });
  });

  test('loses nothing that it does not know', () => {
    const text =
      '{"status":"X","result":1,"traceback":null,"children":[[["a",[["p",null],null]],null]],"date_done":"whenever","stamped_headers":["s"],"s":1,"new":{"x":[1]},"task_id":"id-1"}';

    const document = decode(text);

    expect(document).toMatchObject({
      dateDone: 'whenever',
      stamps: { s: 1 },
      more: { new: { x: [1] } },
    });
    expect(new TextDecoder().decode(encodeResultDocument(document))).toBe(text);
  });

  const broken: readonly (readonly [string, RegExp])[] = [
    ['', /^Not JSON/],
    ['[]', /expected an object, got a list/],
    ['{"result":1}', /expected a text as "status" and a "result", got members result/],
    ['{"status":"SUCCESS"}', /got members status/],
    ['{"status":1,"result":1}', /expected a text as "status"/],
    ['{"status":"S","result":1,"traceback":{}}', /"traceback" cannot be an object/],
    ['{"status":"S","result":1,"retries":"1x","name":7}', /"name" cannot be a number/],
    ['{"status":"S","result":1,"children":{}}', /expected a list as children, got an object/],
    [
      '{"status":"S","result":1,"children":[["a"]]}',
      /expected \[\[id, parent\], members\] as children\[0\]/,
    ],
    [
      '{"status":"S","result":1,"children":[[[1,null],null]]}',
      /expected \[id, parent\] as children\[0\]\[0\]/,
    ],
    [
      '{"status":"S","result":1,"children":[[["a",null],"b"]]}',
      /expected a list or null as children\[0\]\[1\]/,
    ],
    [
      '{"status":"S","result":{"__type__":"offloaded","__value__":1}}',
      /Unknown __type__ "offloaded" at \$\.result/,
    ],
  ];

  test.for(broken)('refuses %s', ([text, says]) => {
    expect(() => decode(text)).toThrow(DecodeError);
    expect(() => decode(text)).toThrow(says);
  });

  test('refuses bytes that are no text', () => {
    expect(() => decodeResultDocument(new Uint8Array([255, 254]))).toThrow(DecodeError);
  });
});

describe('result tuples', () => {
  test('refer to tasks and groups, with their parents', () => {
    const parent = taskResultTuple('p');
    const group = groupResultTuple(
      'g',
      [taskResultTuple('a', parent), groupResultTuple('h', [])],
      parent,
    );

    expect(group).toEqual([
      ['g', [['p', null], null]],
      [
        [['a', [['p', null], null]], null],
        [['h', null], []],
      ],
    ]);
    expect(decodeGroupDocument(encodeGroupDocument(group))).toEqual(group);
  });

  test('are read from a bare id, too', () => {
    const bytes = new TextEncoder().encode('{"result":["g",[["a",null]]]}');

    expect(decodeGroupDocument(bytes)).toEqual(groupResultTuple('g', [taskResultTuple('a')]));
  });

  test('are written without the first of a long line of parents, as deep as Python and msgpack read', () => {
    const group = groupResultTuple('g', [taskResultTuple('plain'), aLineOf(1000)]);
    const written = encodeGroupDocument(group);
    const read = decodeGroupDocument(written);

    expect(depthOf(new TextDecoder().decode(written))).toBeLessThan(511);
    expect(read[1]?.[0]).toEqual(taskResultTuple('plain'));
    expect(idsOf(read[1]?.[1])).toEqual(idsOf(aLineOf(1000)).slice(0, 249));
    expect(decode(encode({ children: [aLineOf(1000)] })).children.map(idsOf)).toEqual([
      idsOf(aLineOf(1000)).slice(0, 250),
    ]);
  });

  test('are read as deep as Python writes them', () => {
    const group = groupResultTuple('g', [aLineOf(480)]);

    expect(decodeGroupDocument(encodeUtf8(JSON.stringify({ result: group })))).toEqual(group);
    expect(() =>
      decodeGroupDocument(encodeUtf8(JSON.stringify({ result: aLineOf(1001) }))),
    ).toThrow(/more than 2000 deep/);
  });

  test('are refused where something else stands', () => {
    const bytes = new TextEncoder().encode('{"result":null}');

    expect(() => decodeGroupDocument(bytes)).toThrow(
      /expected \[\[id, parent\], members\] as result, got null/,
    );
  });
});

/** The result of a chain's last step: `step 0` of so many, counted from the end. */
function aLineOf(steps: number): ResultTuple {
  let result: ResultTuple | null = null;
  for (let step = steps - 1; step >= 0; step--) result = taskResultTuple(`step ${step}`, result);
  return result as ResultTuple;
}

function idsOf(result: ResultTuple | undefined): string[] {
  const ids: string[] = [];
  for (let next: ResultTuple | null = result ?? null; next; [[, next]] = next) ids.push(next[0][0]);
  return ids;
}

function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (const char of json) {
    if (char === '[' || char === '{') deepest = Math.max(deepest, ++depth);
    else if (char === ']' || char === '}') depth--;
  }
  return deepest;
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attemptNumber,
  decodeEnvelope,
  readAttempt,
  readDeadGeneration,
  readTaskId,
  readTaskName,
  withDeadGeneration,
} from '../../lib/protocol/index.ts';
import { aMessageText, base64 } from './messages.ts';

const protocol1 = '{"task":"old.add","id":"old-1","args":"broken","kwargs":{}}';

/** Each of its bytes, two a letter, takes four characters in the key of its result. */
const longId = { id: 'é'.repeat(300), task: 't' };

describe('readTaskId and readTaskName', () => {
  const texts: readonly (readonly [string, string, string | undefined, string | undefined])[] = [
    ['a whole message', aMessageText(), 'id-1', 'shop.add'],
    ['base64', base64(aMessageText()), 'id-1', 'shop.add'],
    ['a broken body', aMessageText({ body: '{{' }), 'id-1', 'shop.add'],
    ['protocol 1', aMessageText({ body: protocol1, headers: {} }), 'old-1', 'old.add'],
    [
      'protocol 1 in base64',
      aMessageText({
        body: base64(protocol1),
        headers: {},
        properties: { body_encoding: 'base64' },
      }),
      'old-1',
      'old.add',
    ],
    [
      'properties alone',
      aMessageText({ headers: {}, properties: { correlation_id: 'c-1' } }),
      'c-1',
      undefined,
    ],
    ['no properties', '{"headers":{"id":"id-2","task":"t"}}', 'id-2', 't'],
    [
      'an unknown type elsewhere',
      '{"headers":{"x":{"__type__":"?","__value__":1},"id":"id-3"}}',
      'id-3',
      undefined,
    ],
    [
      'a UUID for an id',
      '{"headers":{"id":{"__type__":"uuid","__value__":{"hex":"6ba7b8109dad11d180b400c04fd430c8"}}}}',
      '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      undefined,
    ],
    [
      'half a message',
      '{"body": "x", "headers": {"lang": "py", "task": "t.a", "id": "id-4", "sha',
      'id-4',
      't.a',
    ],
    [
      'half a message in base64',
      base64('{"body": "x", "headers": {"lang": "py", "task": "t.a", "id": "id-4", "shad').slice(
        0,
        -1,
      ),
      'id-4',
      't.a',
    ],
    [
      'less than half',
      '{"body": "x", "headers": {"lang": "py", "task": "t.a", "id": "id',
      undefined,
      't.a',
    ],
    [
      'an id of another thing',
      '{"body": "{\\"id\\": \\"no\\"}", "stray": {"id": "no"}, "headers": {"x": {"id": "no"}, ',
      undefined,
      undefined,
    ],
    [
      'ids that are none',
      '{"headers":{"id":7,"task":""},"properties":{"correlation_id":null}}',
      undefined,
      undefined,
    ],
    ['an id too long for a key', aMessageText({ headers: longId }), undefined, 't'],
    ['half a message with such an id', `{"headers": ${JSON.stringify(longId)}`, undefined, 't'],
    ['no JSON', 'hello', undefined, undefined],
    ['a list', '[{"id":"x"}]', undefined, undefined],
    ['nothing', '', undefined, undefined],
  ];

  test.for(texts)('of %s', ([, text, id, task]) => {
    expect(readTaskId(text)).toBe(id);
    expect(readTaskName(text)).toBe(task);
  });

  test('never throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.json().map(base64)), (text) => {
        expect(['string', 'undefined']).toContain(typeof readTaskId(text));
        expect(['string', 'undefined']).toContain(typeof readTaskName(text));
        expect(readDeadGeneration(text)).toBe(0);
        expect(readAttempt(text)).toBe(0);
      }),
    );
  });
});

describe('readAttempt', () => {
  const once = { retries: 3, replacedTaskNesting: 0 };
  const texts: readonly (readonly [string, string, Parameters<typeof attemptNumber>[0]])[] = [
    ['headers', aMessageText({ body: '{{', headers: { retries: 3 } }), once],
    ['a number in a text', aMessageText({ headers: { retries: '3' } }), once],
    [
      'what took the place of a task',
      aMessageText({ body: '{{', headers: { retries: 3, replaced_task_nesting: 2 } }),
      { retries: 3, replacedTaskNesting: 2 },
    ],
    ['protocol 1', aMessageText({ body: '{"id":"old-1","retries":3}', headers: {} }), once],
    ['no count', aMessageText({ headers: { retries: [3] } }), { ...once, retries: 0 }],
    ['half a message', '{"headers": {"id": "id-4", "retries": 3', { ...once, retries: 0 }],
  ];

  test.for(texts)('of %s', ([, text, attempt]) => {
    expect(readAttempt(text)).toBe(attemptNumber(attempt));
  });
});

describe('withDeadGeneration', () => {
  const kept =
    '"n":90071992547409931, "f": 1.0, "x":NaN, "t":{"__type__":"mine","__value__":[1]}, "s":"\\u00e9 } \\" {", "l":[{}, "]"]';

  const texts: readonly (readonly [string, string, string])[] = [
    [
      'after none',
      `{"body": "b", "headers": {${kept}}, "properties": {}}`,
      `{"body": "b", "headers": {"dead_generation": 2, ${kept}}, "properties": {}}`,
    ],
    [
      'in place of an earlier one',
      `{"headers":{"a":1,"dead_generation" : 1 ,${kept}},"body":"b","properties":{${kept}}}`,
      `{"headers":{"a":1,"dead_generation" : 2 ,${kept}},"body":"b","properties":{${kept}}}`,
    ],
    [
      'in empty headers',
      '{"headers": { }, "properties": {}}',
      '{"headers": {"dead_generation": 2 }, "properties": {}}',
    ],
    [
      'where headers are null',
      '{"headers":null,"properties":{}}',
      '{"headers":{"dead_generation": 2},"properties":{}}',
    ],
    [
      'without headers',
      '{"properties":{}}',
      '{"headers": {"dead_generation": 2}, "properties":{}}',
    ],
    [
      'in the last of repeated headers',
      '{"headers":{"a":1},"properties":{},"headers":{"b":2}}',
      '{"headers":{"a":1},"properties":{},"headers":{"dead_generation": 2, "b":2}}',
    ],
    [
      'where an escape hides the key',
      '{"he\\u0061ders":{"dead_gener\\u0061tion":7},"properties":{}}',
      '{"he\\u0061ders":{"dead_gener\\u0061tion":2},"properties":{}}',
    ],
    [
      'of other kinds',
      '{"headers":{"dead_generation":[{"x":"]"}]},"properties":{}}',
      '{"headers":{"dead_generation":2},"properties":{}}',
    ],
  ];

  test.for(texts)('sets it %s and leaves the rest alone', ([, text, expected]) => {
    expect(withDeadGeneration(text, 2)).toBe(expected);
    expect(withDeadGeneration(`  ${base64(text)}`, 2)).toBe(expected);
    expect(readDeadGeneration(expected)).toBe(2);
  });

  test('can be read back from any message, which is otherwise the same', () => {
    const anyHeaders = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
    fc.assert(
      fc.property(
        anyHeaders,
        fc.string({ unit: 'binary' }),
        fc.nat(),
        (headers, body, generation) => {
          const text = aMessageText({ headers, body });
          const marked = withDeadGeneration(text, generation) ?? '';

          expect(readDeadGeneration(marked)).toBe(generation);
          const before = decodeEnvelope(text);
          expect(decodeEnvelope(marked)).toEqual({
            ...before,
            headers: { ...before.headers, dead_generation: generation },
          });
        },
      ),
    );
  });

  test('escapes what base64 could hide from SQS', () => {
    expect(withDeadGeneration(base64('{"body":"\uffff","headers":{},"properties":{}}'), 1)).toBe(
      '{"body":"\\uffff","headers":{"dead_generation": 1},"properties":{}}',
    );
  });

  test.for([
    '',
    'hello',
    '[]',
    '{}',
    '{"headers":[],"properties":{}}',
    '{"properties":[]}',
    '{"properties":{}',
  ])('is undefined for %j, which is no envelope', (text) => {
    expect(withDeadGeneration(text, 1)).toBeUndefined();
  });

  test.for([-1, 1.5, '"2"', null])('%s is no generation', (value) => {
    expect(readDeadGeneration(`{"headers":{"dead_generation":${value}}}`)).toBe(0);
  });
});

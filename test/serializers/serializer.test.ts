import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { DecodeError, EncodeError, ImproperlyConfigured } from '../../lib/errors.ts';
import {
  Decimal,
  decodeEnvelope,
  decodeTaskMessage,
  PlainTime,
  parseJson,
  stringifyJson,
  Uuid,
} from '../../lib/protocol/index.ts';
import {
  decodeBody,
  loadSerializer,
  readySerializer,
  registerSerializer,
  type Serializer,
} from '../../lib/serializers/index.ts';
import { messageVectors } from '../protocol/vectors.ts';

/** Values that real kombu wrote: how it wrote them, and the same values in kombu's JSON. */
const captured: Readonly<Record<'yaml' | 'msgpack', Captured>> = JSON.parse(
  readFileSync(new URL('../fixtures/serializers/python.json', import.meta.url), 'utf8'),
);

interface Captured {
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly cases: Readonly<Record<string, { readonly written: string; readonly value: string }>>;
}

describe.for(['yaml', 'msgpack'] as const)('%s', (name) => {
  const { cases, ...type } = captured[name];
  let serializer: Serializer;

  beforeAll(async () => {
    serializer = await loadSerializer(name);
  });

  test("is loaded by its name, and has kombu's content type", () => {
    expect(serializer).toMatchObject({ name, ...type });
    expect(readySerializer(name)).toBe(serializer);
    expect(readySerializer(type.contentType)).toBe(serializer);
  });

  test.for(Object.keys(cases))('reads the %s that Python wrote', (key) => {
    const { written, value } = cases[key] ?? { written: '', value: '' };

    const read = serializer.decode(name === 'yaml' ? written : Buffer.from(written, 'base64'));

    expect(read).toEqual(parseJson(value));
  });

  test('gives back every JSON value', () => {
    const carried = (value: unknown) =>
      name !== 'msgpack' || !stringifyJson(value).includes('"__proto__":');
    const json = fc.jsonValue({ depthSize: 'medium', stringUnit: 'binary' }).filter(carried);
    fc.assert(
      fc.property(json, (value) => {
        const expected = parseJson(stringifyJson(value));

        expect(plain(serializer.decode(serializer.encode(value)))).toEqual(plain(expected));
      }),
    );
  });

  test('writes what JSON writes of undefined and toJSON', () => {
    const value = { left: undefined, list: [undefined], made: { toJSON: () => 'text' } };

    expect(serializer.decode(serializer.encode(value))).toEqual({ list: [null], made: 'text' });
    expect(serializer.decode(serializer.encode(undefined))).toBeNull();
  });

  const circular: unknown[] = [];
  circular.push(circular);
  const throws = {
    get it() {
      throw new Error('no');
    },
  };
  test.for<[string, unknown, RegExp]>([
    ['a class', [{ when: new Map() }], /^Cannot write \$\[0\]\.when as \w+: got an instance/],
    ['a function', { f: () => 1 }, /^Cannot write \$\.f as \w+: got a function/],
    ['a circle', circular, /circular/],
    ['a getter that throws', throws, /reading it threw/],
    ['a Decimal', [new Decimal('1.0')], /has no decimal; send its text, or use json/],
    ['a UUID', [new Uuid('0'.repeat(32))], /has no uuid/],
    ['a time', [new PlainTime('01:02')], /has no time/],
    ['a tower', nested(1000), /deep in each other/],
  ])('refuses %s, naming the place', ([, value, says]) => {
    expect(() => serializer.encode(value)).toThrow(EncodeError);
    expect(() => serializer.encode(value)).toThrow(says);
  });
});

test('a message that Python sent in yaml is read where yaml is accepted', async () => {
  await loadSerializer('yaml');
  const [vector] = messageVectors.filter(({ name }) => name === 'serializer-yaml');
  const envelope = decodeEnvelope(vector?.text ?? '');

  const message = decodeTaskMessage(envelope, decodeBody(envelope, ['yaml']));

  expect(message).toMatchObject({
    task: 'interop.add',
    args: [1, 2],
    kwargs: {},
    embed: { callbacks: null, errbacks: null, chain: null, chord: null },
  });
});

describe('yaml refuses', () => {
  test.for([
    ['a Python object', '!!python/object/apply:os.system ["true"]'],
    ['a tag nobody knows', 'a: !point 1'],
    ['two documents', '1\n---\n2'],
    ['half a list', '[1, 2'],
    ['an alias of nothing', '*missing'],
    ['aliases that multiply', bomb()],
    ['a thousand lists in each other', '['.repeat(10_000)],
    ['bytes that are no UTF-8', Buffer.from([0xc1, 0x61])],
  ] as const)('%s', async ([, text]) => {
    const yaml = await loadSerializer('yaml');

    expect(() => yaml.decode(text)).toThrow(DecodeError);
    expect(() => yaml.decode(text)).toThrow(/^Not YAML: /);
  });

  test('nothing that an object has by nature', async () => {
    const yaml = await loadSerializer('yaml');

    const read = yaml.decode('{"__proto__": {"polluted": 1}, "constructor": 2}') as object;

    expect(Object.keys(read)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});

describe('msgpack refuses', () => {
  test.for([
    ['an unknown extension', Buffer.from([0xd4, 5, 0]), /unknown extension type 5/],
    ['half a text', Buffer.from([0xa3, 0x61]), /^Not MessagePack/],
    ['more than one value', Buffer.from([1, 2]), /^Not MessagePack/],
    ['a text', 'abc', /expected bytes \(body_encoding base64\), got a text/],
  ] as const)('%s', async ([, body, says]) => {
    const msgpack = await loadSerializer('msgpack');

    expect(() => msgpack.decode(body)).toThrow(DecodeError);
    expect(() => msgpack.decode(body)).toThrow(says);
  });

  test.for([2n ** 64n, -(2n ** 63n) - 1n])('%s, which takes more than 64 bits', async (value) => {
    const msgpack = await loadSerializer('msgpack');

    expect(() => msgpack.encode([value])).toThrow(/\$\[0\] as MessagePack: .*more than 64 bits/);
  });

  test('no date: it is a timestamp', async () => {
    const msgpack = await loadSerializer('msgpack');
    const now = new Date('2026-02-03T04:05:06.789Z');

    expect(msgpack.decode(msgpack.encode([now]))).toEqual([now]);
  });
});

describe('registering', () => {
  test('in MessagePack a key __proto__ is refused when it is written, since nobody reads it', async () => {
    const msgpack = await loadSerializer('msgpack');
    const value = { list: [JSON.parse('{"__proto__": 1}')] };

    expect(() => msgpack.encode(value)).toThrow(
      'Cannot write $.list[0] as MessagePack: MessagePack is not read with a key __proto__; use json',
    );
  });

  test("makes a serializer of one's own known", async () => {
    const lines: Serializer = {
      name: 'lines',
      contentType: 'text/lines',
      contentEncoding: 'utf-8',
      encode: (value) => (value as string[]).join('\n'),
      decode: (body) => String(body).split('\n'),
    };

    registerSerializer(lines);

    const known = await loadSerializer('lines');
    expect(known.encode(['one', 'two'])).toBe('one\ntwo');
    expect(await loadSerializer('text/lines')).toBe(known);
    expect(() => known.encode(5)).toThrow(/^Serializer 'lines' cannot write this: TypeError/);
  });

  test.for([
    ['pickle', 'text/plain'],
    ['mine', 'application/x-python-serialize'],
  ] as const)('refuses pickle: %s, %s', ([name, contentType]) => {
    const json = readySerializer('json') as Serializer;

    expect(() => registerSerializer({ ...json, name, contentType })).toThrow(ImproperlyConfigured);
  });

  test.for(['pickle', 'constructor', 'yml'])('nobody did: %s', async (name) => {
    await expect(loadSerializer(name)).rejects.toThrow(ImproperlyConfigured);
    await expect(loadSerializer(name)).rejects.toThrow(
      `no serializer '${name}'. Known are json, yaml and msgpack`,
    );
  });
});

function nested(depth: number): unknown[] {
  return depth === 0 ? [] : [nested(depth - 1)];
}

/** Ten lists of ten of the one before. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const before = level === 0 ? '1' : `*a${level - 1}`;
    return `a${level}: &a${level} [${Array(10).fill(before).join(', ')}]`;
  });
  return levels.join('\n');
}

/** Negative zero is plain zero to some. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

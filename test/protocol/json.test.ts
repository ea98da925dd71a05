import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError, EncodeError } from '../../lib/errors.ts';
import {
  DateTime,
  Decimal,
  PlainDate,
  PlainTime,
  parseJson,
  stringifyJson,
  Uuid,
} from '../../lib/protocol/index.ts';
import { wireForm } from './vectors.ts';

/** Any 16-bit units, so half characters too. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
  .map((codes) => String.fromCharCode(...codes));
const anyKey = fc.oneof(anyText, fc.constantFrom('__proto__', 'constructor', '__type__', '#', ''));
const anyDate = fc
  .date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  })
  .map((date) => new DateTime(`${date.toISOString().slice(0, -1)}000+00:00`));
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    anyText,
    fc.constantFrom(null, true, false),
    fc.double(),
    fc.integer(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }),
    anyDate,
    fc.uint8Array({ maxLength: 12 }),
    fc.uuid().map((text) => new Uuid(text)),
    fc
      .double({ noDefaultInfinity: true, noNaN: true })
      .map((number) => new Decimal(String(number))),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(anyKey, tie('value')), { maxLength: 4 }).map(objectOf),
  ),
}));

/** A text that JSON.stringify made, of nothing it would change. */
const ordinaryJson = fc
  .jsonValue()
  .map((value) =>
    JSON.stringify(value, (_, item: unknown) =>
      Number.isInteger(item) && !Number.isSafeInteger(item) ? 0 : item,
    ),
  );

/** With own keys only, whatever their names. */
function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries);
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

describe('any value', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(wireForm(parseJson(stringifyJson(value)))).toEqual(wireForm(value));
      }),
    );
  });

  test('without types is written and read as by JSON itself', () => {
    fc.assert(
      fc.property(ordinaryJson, (text) => {
        expect(stringifyJson(JSON.parse(text))).toBe(text);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('is read exactly also beside a number that JSON.parse cannot read', () => {
    const oddities = fc.constantFrom('NaN', '-Infinity', '90071992547409931');
    fc.assert(
      fc.property(ordinaryJson, oddities, (text, odd) => {
        const [read] = parseJson(` [ ${text} ,\n${odd} ] `) as unknown[];

        expect(read).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('types of Python', () => {
  const values: readonly (readonly [string, string, unknown])[] = [
    [
      'datetime',
      '"2024-02-03T04:05:06.789001+05:30"',
      new DateTime('2024-02-03T04:05:06.789001+05:30'),
    ],
    ['datetime', '"2024-02-03T04:05:06"', new DateTime('2024-02-03T04:05:06')],
    ['date', '"2024-02-03"', new PlainDate('2024-02-03')],
    ['time', '"04:05:06.000007"', new PlainTime('04:05:06.000007')],
    ['decimal', '"3.1400"', new Decimal('3.1400')],
    ['decimal', '"-Infinity"', new Decimal('-Infinity')],
    [
      'uuid',
      '{"hex":"6ba7b8109dad11d180b400c04fd430c8"}',
      new Uuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8'),
    ],
    ['bytes', '"h\u00e9"', new Uint8Array([0x68, 0xc3, 0xa9])],
    ['base64', '"/wAB"', new Uint8Array([255, 0, 1])],
  ];

  test.for(values)('%s %s is read and written', ([type, text, value]) => {
    const json = `{"__type__":"${type}","__value__":${text}}`;
    const read = parseJson(json);

    expect(read).toEqual(value);
    expect(Object.getPrototypeOf(read)).toBe(Object.getPrototypeOf(value));
    expect(stringifyJson(read)).toBe(json);
  });

  test('a datetime keeps its text, its instant and whether it had a timezone', () => {
    const [aware, naive] = parseJson(
      '[{"__type__":"datetime","__value__":"2024-02-03T04:05:06.789001+05:30"},{"__type__":"datetime","__value__":"2024-02-03T04:05:06"}]',
    ) as [DateTime, DateTime];

    expect([aware.iso, aware.naive, aware.toISOString()]).toEqual([
      '2024-02-03T04:05:06.789001+05:30',
      false,
      '2024-02-02T22:35:06.789Z',
    ]);
    expect([naive.naive, naive.toISOString()]).toEqual([true, '2024-02-03T04:05:06.000Z']);
  });

  test('a datetime that was changed is written anew, naive if it was', () => {
    const aware = new DateTime('2024-02-03T04:05:06.789001+05:30');
    aware.setUTCFullYear(2025);
    const naive = new DateTime('2024-02-03T04:05:06');
    naive.setUTCHours(7);

    expect([aware.toJSON(), naive.toJSON()]).toEqual([
      '2025-02-02T22:35:06.789000+00:00',
      '2024-02-03T07:05:06.000000',
    ]);
  });

  test('a form that Python 3.10 cannot read is never passed on', () => {
    expect(new DateTime('2024-02-03T04:05:06.5Z').toJSON()).toBe(
      '2024-02-03T04:05:06.500000+00:00',
    );
  });

  test('a plain Date is written as an aware datetime', () => {
    expect(stringifyJson(new Date('2024-02-03T04:05:06.789Z'))).toBe(
      '{"__type__":"datetime","__value__":"2024-02-03T04:05:06.789000+00:00"}',
    );
  });

  test('are read wherever they stand, also where an escape hides the key', () => {
    expect(parseJson('{"a":[{"\\u005f_type__":"decimal","__value__":"1"}]}')).toEqual({
      a: [new Decimal('1')],
    });
  });

  test('are recognised by exactly two keys', () => {
    const text = '[{"__type__":"date"},{"__type__":"date","__value__":"x","more":1}]';

    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  const broken: readonly (readonly [string, RegExp])[] = [
    [
      '{"a":[0,{"__type__":"point","__value__":[1,2]}]}',
      /__type__ "point" at \$\.a\[1\]: known are datetime/,
    ],
    ['{"__type__":"constructor","__value__":1}', /Unknown __type__ "constructor" at \$:/],
    ['{"__type__":["date"],"__value__":1}', /Unknown __type__ \["date"\]/],
    [
      '{"__type__":"date","__value__":"2024-02-30"}',
      /Unreadable __type__ 'date' at \$: .*'2024-02-30'/,
    ],
    ['{"__type__":"datetime","__value__":null}', /Unreadable __type__ 'datetime' .* got null/],
    ['{"__type__":"time","__value__":"25:00"}', /Unreadable __type__ 'time'/],
    ['{"__type__":"decimal","__value__":"1,5"}', /Unreadable __type__ 'decimal'/],
    ['{"__type__":"uuid","__value__":{"hex":"12"}}', /Unreadable __type__ 'uuid'/],
    ['{"__type__":"bytes","__value__":"\\ud800"}', /Unreadable __type__ 'bytes'.*surrogate/],
  ];

  test.for(broken)('%s is refused', ([text, says]) => {
    expect(() => parseJson(text)).toThrow(DecodeError);
    expect(() => parseJson(text)).toThrow(says);
  });

  test('show themselves as their text', () => {
    expect(`${new Uuid('6BA7B8109DAD11D180B400C04FD430C8')}`).toBe(
      '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    );
    expect(Number(new Decimal('3.1400'))).toBe(3.14);
    expect(new PlainDate('2024-02-03') < new PlainDate('2024-10-01')).toBe(true);
    expect(JSON.stringify(new PlainTime('04:05'))).toBe('"04:05"');
  });
});

describe('numbers', () => {
  const numbers: readonly (readonly [string, unknown])[] = [
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['1180591620717411303424', 2n ** 70n],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['-0.0', -0],
    ['1.1805916207174113e+21', 2 ** 70],
    ['0.12345678901234568', 0.12345678901234568],
  ];

  test.for(numbers)('%s is read and written', ([text, value]) => {
    expect(parseJson(`[${text}]`)).toEqual([value]);
    expect(stringifyJson([value])).toBe(`[${text}]`);
  });

  test('a small bigint is an integer like any other', () => {
    expect(stringifyJson({ n: 5n })).toBe('{"n":5}');
  });

  test('a number too large to be exact is written as the float it is', () => {
    expect(stringifyJson(2 ** 60)).toBe('1.152921504606847e+18');
  });

  test('digits in texts are left alone', () => {
    const value = { card: 'no: 1234567890123456789', '12345678901234567': 'NaN' };

    expect(parseJson(JSON.stringify(value))).toEqual(value);
  });

  test.for([
    'nan',
    '-NaN',
    '[01234567890123456789]',
    '[1,NaN',
    'NaN NaN',
    '{NaN:1}',
    '["NaN]',
    '1_000',
    '{"a" NaN}',
  ])('%s is refused', (text) => {
    expect(() => parseJson(text)).toThrow(DecodeError);
  });

  test('integers longer than Python allows are refused both ways', () => {
    expect(() => parseJson('9'.repeat(4301))).toThrow(/4301 digits.*Python allows 4300/);
    expect(() => stringifyJson({ n: 10n ** 4301n })).toThrow(/Cannot write n as JSON.*4302 digits/);
  });
});

describe('what is written', () => {
  test('leaves undefined out of objects and makes it null elsewhere', () => {
    const list: unknown[] = [undefined];
    list[2] = 1;
    const value = { a: undefined, b: list, c: { d: undefined } };

    expect(stringifyJson(value)).toBe('{"b":[null,null,1],"c":{}}');
    expect(stringifyJson([value, new Decimal('1')])).toBe(
      '[{"b":[null,null,1],"c":{}},{"__type__":"decimal","__value__":"1"}]',
    );
    expect(stringifyJson(undefined)).toBe('null');
  });

  test('is what toJSON gives, which is asked with the key', () => {
    const money = { toJSON: (key: string) => ({ key, amount: new Decimal('1.50') }) };

    expect(stringifyJson({ price: money })).toBe(
      '{"price":{"key":"price","amount":{"__type__":"decimal","__value__":"1.50"}}}',
    );
  });

  test('takes an object without prototype, and an own key __proto__, as any other', () => {
    const object = Object.assign(Object.create(null), { a: 1 });
    const read = parseJson('{"__proto__":{"polluted":true},"b":NaN}') as Record<string, unknown>;

    expect(stringifyJson(object)).toBe('{"a":1}');
    expect(Object.keys(read)).toEqual(['__proto__', 'b']);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(stringifyJson(read)).toBe('{"__proto__":{"polluted":true},"b":NaN}');
  });

  test('keeps half a character as an escape', () => {
    expect(stringifyJson('\ud800')).toBe('"\\ud800"');
    expect(stringifyJson(['\ud800', 1n])).toBe('["\\ud800",1]');
    expect(parseJson('"\\ud800"')).toBe('\ud800');
  });

  test('may hold the same object twice', () => {
    const shared = { when: new Decimal('1') };

    expect(parseJson(stringifyJson([shared, shared]))).toEqual([shared, shared]);
  });

  class Point {
    x = 1;
  }
  const circular: Record<string, unknown> = {};
  circular.self = { again: circular };
  const refused: readonly (readonly [string, unknown, string])[] = [
    ['a function', [0, { when: () => 1 }], 'Cannot write [1].when as JSON: got a function'],
    ['a symbol', { 'a b': Symbol('x') }, 'Cannot write ["a b"] as JSON: got a symbol'],
    [
      'a Map',
      { m: new Map() },
      'Cannot write m as JSON: got an instance of Map; send Object.fromEntries(map)',
    ],
    [
      'a Set',
      [new Set()],
      'Cannot write [0] as JSON: got an instance of Set; send an array, [...set]',
    ],
    ['a RegExp', /x/, 'Cannot write the value as JSON: got an instance of RegExp; send its source'],
    [
      'a promise',
      [Promise.resolve()],
      'Cannot write [0] as JSON: got an instance of Promise; await it first',
    ],
    [
      'an error',
      [new RangeError('x')],
      'Cannot write [0] as JSON: got an instance of RangeError; send its message',
    ],
    [
      'a class',
      { p: new Point() },
      'Cannot write p as JSON: got an instance of Point; send a plain object, or give the class a toJSON method',
    ],
    [
      'an invalid Date',
      [new Date(Number.NaN)],
      'Cannot write [0] as JSON: Expected a date within the years 1 to 9999, got Invalid Date',
    ],
    [
      'a year Python lacks',
      [new Date(8.64e15)],
      'Cannot write [0] as JSON: Expected a date within the years 1 to 9999, got +275760-09-13T00:00:00.000Z',
    ],
    ['itself', circular, 'Cannot write self.again as JSON: got a circular reference'],
    [
      'a false envelope',
      { a: { __type__: 'x', __value__: 1, b: undefined } },
      'Cannot write a as JSON: an object of just __type__ and __value__ would be read as something else',
    ],
    [
      'a getter that throws',
      [
        {
          get a() {
            throw new Error('no');
          },
        },
      ],
      'Cannot write [0].a as JSON: reading it threw Error: no',
    ],
    [
      'a toJSON that throws',
      {
        a: {
          toJSON() {
            throw 'no';
          },
        },
      },
      'Cannot write a as JSON: reading it threw no',
    ],
    [
      'a revoked proxy',
      [revokedProxy()],
      "Cannot write [0] as JSON: reading it threw TypeError: Cannot perform 'getPrototypeOf' on a proxy that has been revoked",
    ],
  ];

  function revokedProxy(): object {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }

  test.for(refused)('is not %s', ([, value, says]) => {
    expect(() => stringifyJson(value)).toThrow(new EncodeError(says));
  });
});

describe('depth', () => {
  test('900 deep is read and written', () => {
    const value = parseJson(nested(900));

    expect(stringifyJson(value)).toBe(nested(900));
    expect(parseJson(nested(900).replace('[]', '[NaN]'))).toEqual(
      JSON.parse(nested(900).replace('[]', '[null]'), (_, item) => item ?? Number.NaN),
    );
  });

  test.for([901, 1000, 100_000])('%i deep is refused, without a stack overflow', (depth) => {
    expect(() => parseJson(nested(depth))).toThrow(DecodeError);
    expect(() => parseJson(nested(depth).replace('[]', '[NaN]'))).toThrow(/more than 900 deep/);
    const deep = JSON.parse(nested(Math.min(depth, 5000)));
    expect(() => stringifyJson(deep)).toThrow(/more than 900 deep/);
  });

  test('brackets in texts do not count', () => {
    const text = JSON.stringify(['['.repeat(2000), '\\"[{'.repeat(2000)]);

    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});

describe('no JSON', () => {
  test.for(['', '{', 'undefined', '{"a":1,}', "{'a':1}", '[1 2]', '"\u0001"', 'null null'])(
    '%j is refused',
    (text) => {
      expect(() => parseJson(text)).toThrow(DecodeError);
      expect(() => parseJson(text)).toThrow(/^Not JSON: /);
    },
  );

  test('beside a number that JSON.parse cannot read is told with its place', () => {
    expect(() => parseJson('[NaN, 90071992547409931, oops]')).toThrow(/^Not JSON: .*'o'.*oops/);
    expect(() => parseJson('[NaN')).toThrow(/^Not JSON: .*position 4|after array element/);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DateTime, reprArgs, reprKwargs, reprValue } from '../../lib/protocol/index.ts';
import { messageVectors } from './vectors.ts';

/** Results of `celery.utils.saferepr.saferepr(value, 1024)` of Celery 5.7 on Python 3.11. */
const samples: readonly (readonly [string, unknown])[] = [
  ['None', null],
  ['None', undefined],
  ['1e-05', 0.00001],
  ['1.5e+300', 1.5e300],
  ['-0.0', -0],
  ['1.8014398509481984e+16', 2 ** 54],
  ["'it\\'s'", "it's"],
  ["'back\\slash'", 'back\\slash'],
  ["b'ab'", new Uint8Array([97, 98])],
  ["b'ff0001'", new Uint8Array([255, 0, 1])],
  ['datetime.datetime(2024, 2, 3, 4, 5)', new DateTime('2024-02-03T04:05:00')],
  [
    'datetime.datetime(2024, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=73800)))',
    new DateTime('2024-02-03T04:05:00-03:30'),
  ],
  ['datetime.datetime(2024, 2, 3, 0, 0, tzinfo=datetime.timezone.utc)', new Date('2024-02-03')],
  ["{'a': {'b': {'c': [...]}}}", { a: { b: { c: [1] } } }],
  ['[]', []],
];

describe('reprValue', () => {
  test.for(samples)('%s', ([expected, value]) => {
    expect(reprValue(value)).toBe(expected);
  });

  test('what Python has no literal for is named', () => {
    const value = [new Map(), () => 1, Symbol('s'), new Date(Number.NaN), new Date(8.64e15)];

    expect(reprValue(value)).toBe(
      '[<Map object>, <function>, Symbol(s), <Date null>, <Date +275760-09-13T00:00:00.000Z>]',
    );
  });

  test('what throws when it is read ends the text', () => {
    const value = {
      a: 1,
      get b() {
        throw new Error('no');
      },
    };

    expect(reprValue(value)).toBe("{'a': 1, 'b': <unreadable>");
  });
});

describe('reprArgs and reprKwargs', () => {
  test('are a tuple and a dict', () => {
    expect(reprArgs([])).toBe('()');
    expect(reprArgs([1])).toBe('(1,)');
    expect(reprArgs([1, 'a'])).toBe("(1, 'a')");
    expect(reprKwargs({})).toBe('{}');
    expect(reprKwargs({ k: [true, null] })).toBe("{'k': [True, None]}");
  });

  test('are cut as Python cuts them', () => {
    const long = messageVectors.find(({ name }) => name === 'task-long-repr');
    const [args, kwargs] = (long?.body ?? []) as [unknown[], Record<string, unknown>];

    expect(reprArgs(args)).toBe(long?.envelope.headers.argsrepr);
    expect(reprKwargs(kwargs)).toBe(long?.envelope.headers.kwargsrepr);
  });

  test('count characters, not UTF-16 units', () => {
    expect(reprArgs(['\u{1f600}'.repeat(1023)])).toBe(`('${'\u{1f600}'.repeat(1023)}...',)`);
    expect(reprArgs(['\u{1f600}'.repeat(1022)])).toBe(`('${'\u{1f600}'.repeat(1022)}',)`);
  });

  test('are bounded and closed, whatever the arguments', () => {
    fc.assert(
      fc.property(
        fc.array(fc.anything({ withTypedArray: true, withDate: true, maxDepth: 4 })),
        (args) => {
          const repr = reprArgs(args);

          expect(repr.length).toBeLessThan(3 * 1024);
          expect(repr).toMatch(/^\(.*\)$/su);
        },
      ),
    );
  });

  test('do not read all of a large argument', () => {
    let reads = 0;
    const counting = new Proxy(
      Array.from({ length: 100_000 }, (_, index) => index),
      {
        get(target, key) {
          reads++;
          return Reflect.get(target, key) as unknown;
        },
      },
    );

    expect(reprArgs([counting])).toMatch(/, \.\.\.\],\)$/);
    expect(reads).toBeLessThan(2000);
  });
});

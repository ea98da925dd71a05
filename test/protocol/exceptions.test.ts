import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as errors from '../../lib/errors.ts';
import {
  ConnectionError,
  Decimal,
  decodeException,
  encodeException,
  KeyError,
  LookupError,
  OSError,
  PythonError,
  reprException,
  stringifyJson,
  ValueError,
} from '../../lib/protocol/index.ts';

class SmtpError extends Error {}

function object(exc_type: unknown, exc_message: unknown = ['m'], exc_module: unknown = 'builtins') {
  return { exc_type, exc_message, exc_module };
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('encodeException', () => {
  const thrown: readonly (readonly [string, unknown, object])[] = [
    ['TypeError', new TypeError('m'), object('TypeError')],
    ['an error named like one of Python', named('ZeroDivisionError'), object('ZeroDivisionError')],
    ['RangeError', new RangeError('m'), object('RangeError', ['m'], 'celery_aws.errors')],
    ['Error', new Error('m'), object('Error', ['m'], 'celery_aws.errors')],
    ['an error without message', new Error(''), object('Error', [], 'celery_aws.errors')],
    [
      'a class without name of its own',
      new SmtpError('m'),
      object('SmtpError', ['m'], 'celery_aws.errors'),
    ],
    ['ValueError', new ValueError('m', 2), object('ValueError', ['m', 2])],
    ['KeyError', new KeyError('k'), object('KeyError', ['k'])],
    [
      'a module of its own',
      Object.assign(named('Bounce'), { excModule: 'shop.errors' }),
      object('Bounce', ['m'], 'shop.errors'),
    ],
    [
      'args of its own',
      Object.assign(named('Bounce'), { args: [1, null] }),
      object('Bounce', [1, null], 'celery_aws.errors'),
    ],
    [
      'NotRegistered',
      new errors.NotRegistered('t'),
      object('NotRegistered', ['t'], 'celery.exceptions'),
    ],
    [
      'TaskRevokedError',
      new errors.TaskRevokedError('expired'),
      object('TaskRevokedError', ['expired'], 'celery.exceptions'),
    ],
    [
      "this library's TimeoutError",
      new errors.TimeoutError('m'),
      object('TimeoutError', ['m'], 'celery.exceptions'),
    ],
    ["the platform's TimeoutError", named('TimeoutError'), object('TimeoutError')],
    ['EncodeError', new errors.EncodeError('m'), object('EncodeError', ['m'], 'kombu.exceptions')],
    [
      'WorkerLostError',
      new errors.WorkerLostError('m'),
      object('WorkerLostError', ['m'], 'billiard.exceptions'),
    ],
    [
      'what would end a Python process',
      named('SystemExit'),
      object('SystemExit', ['m'], 'celery_aws.errors'),
    ],
    [
      'what cannot be made of a message',
      named('UnicodeDecodeError'),
      object('UnicodeDecodeError', ['m'], 'celery_aws.errors'),
    ],
    ['a text', 'boom', object('Error', ['boom'], 'celery_aws.errors')],
    [
      'undefined',
      undefined,
      object('Error', ['undefined was thrown, which is no Error'], 'celery_aws.errors'),
    ],
    ['null', null, object('Error', ['null was thrown, which is no Error'], 'celery_aws.errors')],
    ['a number', 42, object('Error', ['42 was thrown, which is no Error'], 'celery_aws.errors')],
    [
      'a plain object',
      { code: 7 },
      object('Error', ["{'code': 7} was thrown, which is no Error"], 'celery_aws.errors'),
    ],
    ['an object with a message', { message: 'm' }, object('Error', ['m'], 'celery_aws.errors')],
    [
      'a function',
      () => 1,
      object('Error', ['<function> was thrown, which is no Error'], 'celery_aws.errors'),
    ],
    ['hostile names', named('__proto__'), object('__proto__', ['m'], 'celery_aws.errors')],
    ['names Python cannot have', named('a\0b\ud800'), object('ab', ['m'], 'celery_aws.errors')],
  ];

  test.for(thrown)('%s', ([, error, expected]) => {
    expect(encodeException(error).exception).toEqual(expected);
  });

  function named(name: string): Error {
    return Object.assign(new Error('m'), { name });
  }

  test('arguments that JSON cannot carry become their repr', () => {
    const args = [new Map(), { f: () => 1 }, undefined, 3n, new Decimal('1.5')];

    expect(encodeException(Object.assign(new Error(), { args })).exception.exc_message).toEqual([
      '<Map object>',
      "{'f': <function>}",
      null,
      3n,
      new Decimal('1.5'),
    ]);
  });

  const hostile: readonly (readonly [string, unknown])[] = [
    [
      'getters that throw',
      Object.defineProperties(
        {},
        Object.fromEntries(
          ['name', 'message', 'stack', 'args', 'cause', 'constructor', 'excModule'].map((key) => [
            key,
            {
              enumerable: true,
              get: () => {
                throw new Error('no');
              },
            },
          ]),
        ),
      ),
    ],
    ['a revoked proxy', revokedProxy()],
    ['an error with a message that is no text', Object.assign(new Error(), { message: { a: 1 } })],
    ['an error with a stack that is no text', Object.assign(new Error('m'), { stack: 7 })],
    [
      'args that throw',
      Object.assign(new Error('m'), {
        args: new Proxy([1], {
          get: () => {
            throw 1;
          },
        }),
      }),
    ],
    ['a cause that is itself', circular()],
    ['an argument that is itself', Object.assign(new Error(), { args: [circular()] })],
    ['an object without prototype', Object.create(null)],
    ['a symbol', Symbol('s')],
  ];

  function circular(): Error {
    const error = new Error('m');
    error.cause = error;
    return error;
  }

  test.for(hostile)('never throws, tells something and can be written: %s', ([, error]) => {
    const { exception, traceback } = encodeException(error);

    expect(exception.exc_type).toMatch(/^\w+$/);
    expect(stringifyJson(exception.exc_message)).toMatch(/\w/);
    expect(traceback === null || traceback.includes('Error')).toBe(true);
  });

  test('never throws, whatever is thrown', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true }),
        (value) => {
          const { exception } = encodeException(value);

          expect(stringifyJson(exception)).toContain('"exc_type"');
        },
      ),
    );
  });

  test('the traceback is the stack, and those of its causes', () => {
    const cause = new TypeError('the cause');
    const { traceback } = encodeException(new Error('the error', { cause }));

    expect(traceback).toMatch(
      /^Error: the error\n {4}at .*\n\nCaused by: TypeError: the cause\n {4}at /s,
    );
    expect(encodeException('text').traceback).toBeNull();
  });
});

describe('reprException', () => {
  test.for([
    ['ValueError', ['boom'], `ValueError('boom')`],
    ['ValueError', ["it's"], `ValueError("it's")`],
    ['ValueError', [`"it's"`], `ValueError('"it\\'s"')`],
    ['KeyError', ['a\\b\nc\td\u0007é'], `KeyError('a\\\\b\\nc\\td\\x07é')`],
    ['ValueError', [1, 'a'], `ValueError(1, 'a')`],
    ['ValueError', [], 'ValueError()'],
    ['ValueError', [["it's"]], `ValueError(["it's"])`],
  ] as const)('%s of %j is what Python shows', ([exc_type, exc_message, shown]) => {
    expect(reprException({ exc_type, exc_message, exc_module: 'builtins' })).toBe(shown);
  });
});

describe('decodeException', () => {
  const known: readonly (readonly [string, object, new (...args: never[]) => Error])[] = [
    ['ValueError', object('ValueError'), ValueError],
    ['KeyError, which is a LookupError', object('KeyError'), LookupError],
    ['IOError, which is an OSError', object('IOError'), OSError],
    ['ConnectionResetError', object('ConnectionResetError'), ConnectionError],
    ['TypeError', object('TypeError'), TypeError],
    ['SyntaxError', object('SyntaxError'), SyntaxError],
    ["this library's own RangeError", object('RangeError', ['m'], 'celery_aws.errors'), RangeError],
    ['NotRegistered', object('NotRegistered', ['m'], 'celery.exceptions'), errors.NotRegistered],
    [
      'TaskRevokedError',
      object('TaskRevokedError', ['m'], 'celery.exceptions'),
      errors.TaskRevokedError,
    ],
    ['TimeoutError', object('TimeoutError', ['m'], 'celery.exceptions'), errors.TimeoutError],
    ['EncodeError', object('EncodeError', ['m'], 'kombu.exceptions'), errors.EncodeError],
    [
      'WorkerLostError',
      object('WorkerLostError', ['m'], 'billiard.exceptions'),
      errors.WorkerLostError,
    ],
    ['an unknown one', object('Bounce', ['m'], 'shop.errors'), PythonError],
    ['one without module', object('ValueError', ['m'], null), PythonError],
  ];

  test.for(known)('%s', ([, value, expected]) => {
    const error = decodeException(value);

    expect(error).toBeInstanceOf(expected);
    expect(error.message).toBe('m');
    expect(encodeException(error).exception).toEqual(value);
  });

  test.for([
    new errors.ContentDisallowed('application/x-yaml', ['json']),
    new errors.QueueNotFound('images', ['celery']),
    new errors.NotRegistered('shop.add'),
  ])('$name gets its fields back', (error) => {
    const decoded = decodeException(encodeException(error).exception);

    expect(decoded).toBeInstanceOf(error.constructor);
    expect({ ...decoded }).toEqual({ ...error });
    expect(decoded.message).toBe(error.message);
  });

  test('an unknown exception keeps its name, module and arguments', () => {
    const error = decodeException(object('Outer.Inner', ['a', 2], 'shop.errors')) as PythonError;

    expect(error).toMatchObject({ name: 'Outer.Inner', excModule: 'shop.errors', args: ['a', 2] });
    expect(error.message).toBe("('a', 2)");
  });

  test("a class of another module is not JavaScript's of the same name", () => {
    expect(decodeException(object('TypeError', ['m'], 'shop.errors'))).not.toBeInstanceOf(
      TypeError,
    );
    expect(decodeException(object('ValueError', ['m'], null))).not.toBeInstanceOf(ValueError);
  });

  test('the traceback becomes a field that does not show', () => {
    const error = decodeException(object('ValueError'), 'Traceback ...');

    expect(error.traceback).toBe('Traceback ...');
    expect(Object.keys(error)).not.toContain('traceback');
    expect(decodeException(object('ValueError')).traceback).toBeUndefined();
  });

  test.for(['constructor', '__proto__', 'toString', 'process', 'eval'])(
    '%s is only a name',
    (name) => {
      for (const module of ['builtins', 'celery_aws.errors', null, '__proto__']) {
        const error = decodeException(object(name, ['m'], module));

        expect(error).toBeInstanceOf(PythonError);
        expect(error.name).toBe(name);
        expect(error.message).toBe('m');
      }
    },
  );

  test('what is not as it should be is an error all the same', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({
            exc_type: fc.string(),
            exc_message: fc.jsonValue(),
            exc_module: fc.jsonValue(),
          }),
        ),
        (value) => {
          expect(decodeException(value)).toBeInstanceOf(Error);
        },
      ),
    );
    expect(decodeException('just text').message).toBe('just text');
    expect(decodeException(object('ValueError', 'm')).message).toBe('m');
    expect(decodeException({ exc_type: 'ValueError' }).name).toBe('ValueError');
  });
});

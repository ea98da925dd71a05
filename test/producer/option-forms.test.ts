import { describe, expect, test } from 'vitest';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { checkOptions } from '../../lib/producer/option-forms.ts';
import { publishOptionForms } from '../../lib/producer/publish-options.ts';

function check(options: object): () => void {
  return () => checkOptions(options, publishOptionForms, 'option', 'a call');
}

test('options that fit, and those that are not given, pass', () => {
  const options = {
    countdown: 0,
    eta: new Date(),
    expires: new Date(),
    queue: 'mail',
    priority: 0,
    taskId: 'a b-c_1.~',
    headers: {},
    ignoreResult: false,
    retries: 0,
    serializer: 'json',
    shadow: undefined,
  };

  expect(check(options)).not.toThrow();
});

describe('a value that does not fit', () => {
  test.for([
    [{ countdown: Number.NaN }, 'a number of seconds, got NaN'],
    [{ countdown: '10' }, "a number of seconds, got '10'"],
    [{ eta: 1_700_000_000 }, 'a valid Date, got 1700000000'],
    [{ eta: new Date('x') }, 'a valid Date, got Invalid Date'],
    [{ expires: 'soon' }, "a number of seconds or a valid Date, got 'soon'"],
    [{ priority: 10 }, 'a whole number from 0 to 9, got 10'],
    [{ priority: 1.5 }, 'a whole number from 0 to 9, got 1.5'],
    [{ taskId: "it's" }, 'printable ASCII without quotes and backslashes'],
    [{ taskId: 'a\\b' }, 'printable ASCII without quotes and backslashes'],
    [{ taskId: 'ä' }, 'printable ASCII without quotes and backslashes'],
    [{ taskId: 'x'.repeat(1025) }, '1 to 1024 characters of printable ASCII'],
    [{ taskId: '' }, 'printable ASCII without quotes and backslashes'],
    [{ timeLimit: 0 }, 'a positive number of seconds, got 0'],
    [{ queue: '' }, "a text that is not empty, got ''"],
    [{ retries: -1 }, 'a whole number from 0 on, got -1'],
    [{ headers: null }, 'a plain object, got null'],
    [
      { serializer: 'pickle' },
      "(json, yaml, msgpack, or a registered one; never pickle), got 'pickle'",
    ],
    [{ compression: 'bzip2' }, "one of gzip, zlib, brotli, zstd, got 'bzip2'"],
    [{ ignoreResult: Object.create(null) }, 'true or false, got'],
  ] as const)('%j', ([options, message]) => {
    expect(check(options)).toThrow(ImproperlyConfigured);
    expect(check(options)).toThrow(message);
  });
});

describe('an unknown option', () => {
  test.for([
    ['countdwn', 'countdown'],
    ['task_id', 'taskId'],
    ['soft_time_limit', 'softTimeLimit'],
    ['que', 'queue'],
    ['constructor', 'countdown'],
  ] as const)('%s is near %s', ([name, nearest]) => {
    expect(check({ [name]: 1 })).toThrow(
      `Unknown option '${name}' of a call; the nearest known one is '${nearest}'`,
    );
  });
});

import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../lib/errors.ts';
import {
  checkAllSendable,
  checkFollowing,
  checkSendable,
  checkSignature,
  parseJson,
} from '../../lib/protocol/index.ts';

function aSignature(options: object = {}) {
  return checkSignature({ task: 'add', options }, 'sig');
}

function aCanvas(type: 'chain' | 'group' | 'chord', kwargs: object) {
  return { task: `celery.${type}`, kwargs, subtask_type: type };
}

const date = "{'__type__': 'datetime', '__value__': '2026-01-02T03:04:05.000006+02:00'}";
const uuid = "{'__type__': 'uuid', '__value__': '6ba7b8109dad11d180b400c04fd430c8'}";

/** As Celery and kombu write them. */
const written = [
  "{'task_id': 'a', 'root_id': '', 'parent_id': null, 'group_id': 'g', 'group_index': 0}",
  `{'task_id': ${uuid}, 'root_id': ${uuid}}`,
  "{'countdown': 0.5, 'eta': null, 'expires': 60}",
  "{'eta': '2026-01-02T03:04:05.000006', 'expires': '2026-01-02T03:04:05+00:00'}",
  `{'eta': ${date}, 'expires': ${date}}`,
  "{'eta': {'__type__': 'date', '__value__': '2026-01-02'}}",
  "{'time_limit': 30, 'soft_time_limit': null}",
  "{'queue': 'q', 'exchange': '', 'routing_key': 'a.b', 'serializer': 'json', 'compression': null}",
  "{'priority': '9', 'shadow': null, 'ignore_result': 0, 'retries': 1, 'headers': {'a': [1]}}",
  "{'MessageGroupId': 'a-1', 'MessageDeduplicationId': 'x', 'delivery_mode': 2, 'mine': {'a': 1}}",
  "{'stamped_headers': ['eta', 'tenant'], 'eta': 5, 'tenant': ['a']}",
];

const refused: readonly (readonly [option: string, value: unknown, says: string])[] = [
  ['eta', 5, 'a date as sig.options.eta, got 5'],
  ['eta', 'soon', "a date as sig.options.eta, got 'soon'"],
  ['eta', '2026-02-30T00:00:00', "a date as sig.options.eta, got '2026-02-30T00:00:00'"],
  ['expires', { a: 1 }, 'a number of seconds or a date as sig.options.expires, got an object'],
  ['expires', true, 'a number of seconds or a date as sig.options.expires, got a boolean'],
  ['countdown', 'abc', "a number of seconds as sig.options.countdown, got 'abc'"],
  ['countdown', Number.NaN, 'a number of seconds as sig.options.countdown, got NaN'],
  ['time_limit', 'x', "a number of seconds as sig.options.time_limit, got 'x'"],
  ['soft_time_limit', [1], 'a number of seconds as sig.options.soft_time_limit, got a list'],
  ['task_id', 7, 'a text that fits into the key of a result as sig.options.task_id, got 7'],
  ['task_id', '', "a text that fits into the key of a result as sig.options.task_id, got ''"],
  ['group_id', 7, 'a text as sig.options.group_id, got 7'],
  ['headers', [1], 'an object as sig.options.headers, got a list'],
  ['queue', { name: 'q' }, 'a text as sig.options.queue, got an object'],
  [
    'MessageGroupId',
    'a b',
    "1 to 128 letters, digits and punctuation as sig.options.MessageGroupId, got 'a b'",
  ],
  ['fairness_key', 5, 'a text that is not empty as sig.options.fairness_key, got 5'],
  ['fairness_key', '', "a text that is not empty as sig.options.fairness_key, got ''"],
];

describe('checkSendable', () => {
  test.for(written)('takes what Python writes: %s', (options) => {
    const signature = aSignature(parseJson(options.replaceAll("'", '"')) as object);

    expect(() => checkSendable(signature, 'sig')).not.toThrow();
  });

  test('reads the UUID that a caller gave for an id as its text', () => {
    const { options } = aSignature(
      parseJson(`{'task_id': ${uuid}}`.replaceAll("'", '"')) as object,
    );

    expect(options).toEqual({ task_id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' });
  });

  test.for(refused)('refuses %s: %o', ([option, value, says]) => {
    expect(() => checkSendable(aSignature({ [option]: value }), 'sig')).toThrow(
      new DecodeError(`Not a signature: expected ${says}`),
    );
  });
});

const odd = { task: 'odd', options: { eta: 5 } };
const add = { task: 'add' };

test.for<readonly [place: string, value: object]>([
  ['options.link[0]', { ...add, options: { link: odd } }],
  ['options.link_error[1]', { ...add, options: { link_error: [add, odd] } }],
  ['options.chain[0]', { ...add, options: { chain: [odd] } }],
  ['options.chord', { ...add, options: { chord: odd } }],
  ['kwargs.tasks[1]', aCanvas('chain', { tasks: [add, odd] })],
  [
    'kwargs.tasks[0].kwargs.tasks[0]',
    aCanvas('group', { tasks: [aCanvas('group', { tasks: [odd] })] }),
  ],
  ['kwargs.header[0]', aCanvas('chord', { header: [odd], body: add })],
  [
    'kwargs.header.kwargs.tasks[0]',
    aCanvas('chord', { header: aCanvas('group', { tasks: [odd] }), body: add }),
  ],
  ['kwargs.body', aCanvas('chord', { header: [add], body: odd })],
])('checkAllSendable looks at %s', ([place, value]) => {
  expect(() => checkAllSendable(checkSignature(value, 'sig'), 'sig')).toThrow(
    `expected a date as sig.${place}.options.eta, got 5`,
  );
});

test('checkFollowing looks at all that follows a task', () => {
  const signature = checkSignature(odd, 'sig');
  const nothing = { callbacks: null, errbacks: null, chain: null, chord: null };

  expect(() => checkFollowing(nothing)).not.toThrow();
  for (const name of ['callbacks', 'errbacks', 'chain']) {
    expect(() => checkFollowing({ ...nothing, [name]: [signature] })).toThrow(
      `expected a date as embed.${name}[0].options.eta, got 5`,
    );
  }
  expect(() => checkFollowing({ ...nothing, chord: signature })).toThrow('embed.chord.options.eta');
});

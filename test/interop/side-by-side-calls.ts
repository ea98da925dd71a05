import type { Call } from './comparison.ts';

/** The kinds of value that `interop.typed` returns. */
const kinds = [
  ...['none', 'true', 'int', 'bigint', 'float', 'str', 'emptystr', 'list', 'dict', 'tuple'],
  ...['datetime', 'naive_datetime', 'date', 'time', 'decimal', 'uuid'],
  ...['bytes_utf8', 'bytes_raw', 'nan', 'inf'],
];

const ownValues = 'each language shows its own values';
const fullName =
  "a handler has no name of its own to show: the task's is taken, in the words of Python";

/** Every plain task of `interop_app.py`, in each way that it can end. */
export const sideBySideCalls: readonly Call[] = [
  // Values
  { send: "'interop.add', (2, 3)" },
  { send: "'interop.add', (2,), {'y': 3}" },
  { send: "'interop.mul', (2**40, 2**30)" },
  { send: "'interop.xsum', ([1, 2.5, 3],)" },
  { send: "'interop.echo', (1, 'a', None), {'k': [True]}" },
  { send: "'interop.identity', ({'a': [1, {'b': None}]},)" },
  { send: "'interop.describe', (datetime.date(2024, 2, 3),)" },
  ...kinds.map((kind) => ({ send: `'interop.typed', ('${kind}',)` })),
  { send: "'interop.slow', (0.1, 'value')" },
  { send: "'interop.late', (0.1, 'value')" },
  { send: "'interop.add', (2, 3), countdown=2" },
  { send: "'interop.on_error_old', ('parent',)" },
  { send: "'interop.broadcasted', (1,)" },
  { send: "'interop.rate', (1,)" },
  { send: "'interop.progress', (2,)" },
  { send: "'interop.spawn', (2,)" },
  { send: "'interop.request_info', (1,), {'k': 2}" },
  // Failures
  { send: "'interop.fail', ('boom',)" },
  { send: "'interop.fail_custom', (9,), {'detail': ['a', 1]}" },
  { send: "'interop.fail_nested'" },
  { send: "'interop.fail_unserialisable'", differs: { value: ownValues } },
  { send: "'interop.unserialisable'", differs: { value: ownValues } },
  { send: "'interop.typed', ('nope',)" },
  { send: "'interop.add', (1,)", differs: { value: fullName } },
  { send: "'interop.add', (1, 2, 3)", differs: { value: fullName } },
  { send: "'interop.add', (1, 2), {'z': 3}", differs: { value: fullName } },
  { send: "'interop.nope', (1,)" },
  { send: "'interop.add', (1, 2), expires=-60" },
  // Results that nobody wants
  { send: "'interop.add', (1, 2), ignore_result=True", silent: true },
  { send: "'interop.ignored_result', (1,)", silent: true },
  { send: "'interop.ignored_result', (1,), ignore_result=False" },
  { send: "'interop.ignored_fail'", silent: true },
  // Retries
  { send: "'interop.retry_then_succeed'" },
  { send: "'interop.retry_then_succeed', (1,), {'countdown': 1}" },
  { send: "'interop.retry_then_succeed', (5,)" },
  { send: "'interop.retry_then_succeed', (9,)" },
  { send: "'interop.always_retry'" },
  { send: "'interop.always_retry_noexc'" },
  { send: "'interop.autoretry'" },
  { send: "'interop.autoretry', (3,)" },
  { send: "'interop.autoretry', (3,), countdown=1, retries=1" },
  // Limits
  { send: "'interop.soft_limited', (0.1,)" },
  { send: "'interop.soft_limited'" },
  { send: "'interop.soft_limited', (1.5,), soft_time_limit=4, time_limit=5" },
  { send: "'interop.slow', (6,), time_limit=1" },
  // Ends that are none
  { send: "'interop.ignore'", silent: true },
  { send: "'interop.reject'" },
  { send: "'interop.late_reject'" },
  { send: "'interop.reject', (True,), expires=4", silent: true },
  { send: "'interop.late_reject', (True,), expires=4" },
  // On the way
  {
    send: "'interop.retry_then_succeed', (1, 600)",
    until: 'RETRY',
    differs: {
      children:
        'Celery lists the task as its own child here: RETRY is stored before the retry is sent',
    },
  },
  { send: "'interop.progress', (20,)", until: 'PROGRESS' },
];

import { setTimeout as pause } from 'node:timers/promises';
import {
  Celery,
  chain,
  DateTime,
  Decimal,
  group,
  Ignore,
  KeyError,
  OSError,
  PlainDate,
  PlainTime,
  Reject,
  RuntimeError,
  type Self,
  type Signature,
  Uuid,
  ValueError,
} from '../../lib/index.ts';
import {
  encodeException,
  encodeResultDocument,
  formatIsoDate,
  reprException,
  TaskState,
} from '../../lib/protocol/index.ts';
import { plus, pythonRepr, pythonTypeName, times } from './python-semantics.ts';

/** The plain tasks of the Python peer, under the same names and with the same behaviour. */
export const app = new Celery('interop', {
  resultExtended: process.env.RESULT_EXTENDED === '1',
  ...(process.env.DEFAULT_QUEUE && { taskDefaultQueue: process.env.DEFAULT_QUEUE }),
});

export const add = app.task('interop.add', { params: ['x', 'y'] }, plus);
export const mul = app.task('interop.mul', { params: ['x', 'y'] }, times);

export const xsum = app.task('interop.xsum', { params: ['numbers'] }, (numbers: unknown) =>
  (numbers as unknown[]).reduce(plus, 0),
);

export const echo = app.task(
  'interop.echo',
  { params: ['*args', '**kwargs'] },
  (args: unknown, kwargs: unknown) => ({ args, kwargs }),
);

export const identity = app.task(
  'interop.identity',
  { params: ['value'] },
  (value: unknown) => value,
);

const typedValues = new Map<string, unknown>(
  Object.entries({
    none: null,
    true: true,
    int: 42,
    bigint: 2n ** 70n,
    float: 1.5,
    str: 'h\u00e9llo \u2603',
    emptystr: '',
    list: [1, [2, 3]],
    dict: { a: { b: 1 } },
    tuple: [1, 2],
    datetime: new DateTime('2024-02-03T04:05:06.789000+00:00'),
    naive_datetime: new DateTime('2024-02-03T04:05:06'),
    date: new PlainDate('2024-02-03'),
    time: new PlainTime('04:05:06.000007'),
    decimal: new Decimal('3.1400'),
    uuid: new Uuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8'),
    bytes_utf8: new TextEncoder().encode('abc'),
    bytes_raw: Uint8Array.of(0xff, 0x00, 0x01),
    nan: Number.NaN,
    inf: Number.POSITIVE_INFINITY,
  }),
);

export const typed = app.task('interop.typed', { params: ['kind'] }, (kind: string) => {
  if (!typedValues.has(kind)) throw new KeyError(kind);
  return typedValues.get(kind);
});

export const describe = app.task('interop.describe', { params: ['value'] }, (value: unknown) => [
  pythonTypeName(value),
  pythonRepr(value),
]);

class InteropError extends Error {
  override readonly name = 'InteropError';
  readonly excModule = 'interop_app';
  readonly args: readonly unknown[];

  constructor(code: unknown, detail: unknown) {
    super(`${code}, ${detail}`);
    this.args = [code, detail];
  }
}

class NestedError extends Error {
  override readonly name = 'NestedHolder.NestedError';
  readonly excModule = 'interop_app';
}

export const fail = app.task(
  'interop.fail',
  { params: ['message'] },
  (message: string = 'boom') => {
    throw new ValueError(message);
  },
);

export const failCustom = app.task(
  'interop.fail_custom',
  { params: ['code', 'detail'] },
  (code: number = 7, detail: string = 'custom') => {
    throw new InteropError(code, detail);
  },
);

export const failNested = app.task('interop.fail_nested', { params: [] }, () => {
  throw new NestedError('nested');
});

export const failUnserialisable = app.task('interop.fail_unserialisable', { params: [] }, () => {
  throw new RuntimeError(Object, new Set([1, 2]));
});

export const unserialisable = app.task(
  'interop.unserialisable',
  { params: [] },
  () => new Set([1, 2, 3]),
);

async function sleep(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

export const slow = app.task(
  'interop.slow',
  { params: ['seconds', 'value'] },
  async (seconds: number = 1, value: unknown = null) => {
    await sleep(seconds);
    return value;
  },
);

export const late = app.task(
  'interop.late',
  { params: ['seconds', 'value'] },
  async (seconds: number = 0, value: unknown = null) => {
    await sleep(seconds);
    return value;
  },
);

export const ignoredResult = app.task(
  'interop.ignored_result',
  { params: ['x'], ignoreResult: true },
  (x: unknown) => x,
);

export const ignoredFail = app.task(
  'interop.ignored_fail',
  { params: [], ignoreResult: true },
  () => {
    throw new ValueError('ignored');
  },
);

export const progress = app.task(
  'interop.progress',
  { bind: true, params: ['n'] },
  async (self, n: number = 2) => {
    for (let current = 0; current < n; current++) {
      await self.updateState({ state: 'PROGRESS', meta: { current, total: n } });
      await sleep(0.2);
    }
    return 'done';
  },
);

/** Starts children, so that the parent's result document lists them. */
export const spawn = app.task('interop.spawn', { params: ['n'] }, async (n: number = 2) => {
  const children = await Promise.all(Array.from({ length: n }, (_, i) => add.delay(i, i)));
  return children.map(({ id }) => id);
});

export const replaceWithAdd = app.task(
  'interop.replace_with_add',
  { bind: true, params: ['x', 'y'] },
  (self, x: unknown, y: unknown): unknown => self.replace(add.s(x, y)),
);

export const replaceWithChain = app.task(
  'interop.replace_with_chain',
  { bind: true, params: ['x'] },
  (self, x: unknown): unknown => self.replace(chain(add.s(x, 1), mul.s(2))),
);

export const replaceWithGroup = app.task(
  'interop.replace_with_group',
  { bind: true, params: ['n'] },
  (self, n: number): unknown =>
    self.replace(group(Array.from({ length: n }, (_, i) => add.s(i, i)))),
);

/** Takes its place, whatever it is. */
export const replaceWith = app.task(
  'interop.replace_with',
  { bind: true, params: ['sig'] },
  (self, sig: unknown): unknown => self.replace(app.signatureFrom(sig)),
);

/** Adds them all to the chord that it is a part of. */
export const addToChord = app.task(
  'interop.add_to_chord',
  { bind: true, params: ['signatures'] },
  async (self, signatures: unknown) => {
    for (const json of signatures as readonly unknown[]) {
      const signature = app.signatureFrom(json) as Signature<[], unknown>;
      await self.addToChord(signature);
    }
    return 'adder';
  },
);

export const requestInfo = app.task(
  'interop.request_info',
  { bind: true, params: ['*args', '**kwargs'] },
  (self) => describeRequest(self),
);

function describeRequest({ request }: Self): Record<string, unknown> {
  return {
    id: request.id,
    root_id: request.rootId,
    parent_id: request.parentId,
    group: request.group,
    group_index: request.groupIndex,
    retries: request.retries,
    eta: request.eta && formatIsoDate(request.eta),
    expires: request.expires && formatIsoDate(request.expires),
    origin: request.origin,
    reply_to: request.replyTo,
    correlation_id: request.correlationId,
    delivery_info: {
      exchange: request.deliveryInfo.exchange,
      routing_key: request.deliveryInfo.routingKey,
      priority: request.deliveryInfo.priority,
      redelivered: request.deliveryInfo.redelivered,
    },
    headers: Object.keys(request.headers).length > 0 ? request.headers : null,
    shadow: request.shadow,
    timelimit: request.timelimit,
    ignore_result: request.ignoreResult,
    stamped_headers: request.stampedHeaders,
    stamps: request.stamps,
    replaced_task_nesting: request.replacedTaskNesting,
    argsrepr: request.argsrepr,
    kwargsrepr: request.kwargsrepr,
  };
}

export const onErrorOld = app.task(
  'interop.on_error_old',
  { params: ['parent_id'] },
  (parentId: unknown) => ({
    errback_for: parentId,
  }),
);

/** Not in the Python peer. */
export const typescriptErrback = app.task(
  'interop.typescript_errback',
  { params: ['failed_id'] },
  (failedId: unknown) => ({ 'told by TypeScript': failedId }),
);

/** Leaves a result under a name of its own, which tells what it was called with. */
export const onError = app.errback('interop.on_error', async (request, exc) => {
  const exception = reprException(encodeException(exc).exception);
  await storeSuccess(`errback-${request.id}`, { exc: exception, parent: request.id });
});

async function storeSuccess(taskId: string, result: unknown): Promise<void> {
  const now = app.clock.now();
  const status = TaskState.SUCCESS;
  const document = encodeResultDocument({
    ...{ taskId, status, result, traceback: null, children: [] },
    dateDone: new Date(now),
  });
  const place = { attempt: 0, fromAttempt: 0, generation: 0 };
  const nothing = { expiresAt: undefined, dead: undefined, retry: undefined, over: undefined };
  const write = { taskId, document, status, timestamp: now / 1000, token: app.random.uuid() };
  await (await app.adapters()).results.store({ ...write, ...place, ...nothing });
}

export const broadcasted = app.task('interop.broadcasted', { params: ['x'] }, (x: unknown) => x);

export const retryThenSucceed = app.task(
  'interop.retry_then_succeed',
  { bind: true, params: ['times', 'countdown'], maxRetries: 5 },
  (self, times: number = 2, countdown: number = 0) => {
    const { retries } = self.request;
    if (retries < times) self.retry({ exc: new ValueError(`attempt ${retries}`), countdown });
    return retries;
  },
);

export const alwaysRetry = app.task(
  'interop.always_retry',
  { bind: true, params: [], maxRetries: 1, defaultRetryDelay: 0 },
  (self) => self.retry({ exc: new KeyError('never') }),
);

export const alwaysRetryNoexc = app.task(
  'interop.always_retry_noexc',
  { bind: true, params: [], maxRetries: 0, defaultRetryDelay: 0 },
  (self) => self.retry(),
);

export const autoretry = app.task(
  'interop.autoretry',
  {
    bind: true,
    params: ['fail_times'],
    autoretryFor: [OSError],
    maxRetries: 2,
    retryBackoff: 1,
    retryBackoffMax: 2,
    retryJitter: false,
  },
  (self, failTimes: number = 1) => {
    if (self.request.retries < failTimes) throw new OSError(5, 'io');
    return self.request.retries;
  },
);

export const ignore = app.task('interop.ignore', { params: [] }, () => {
  throw new Ignore();
});

export const reject = app.task(
  'interop.reject',
  { params: ['requeue'] },
  (requeue: boolean = false) => {
    throw new Reject('no', { requeue });
  },
);

export const lateReject = app.task(
  'interop.late_reject',
  { params: ['requeue'] },
  (requeue: boolean = false) => {
    throw new Reject('no', { requeue });
  },
);

export const rate = app.task(
  'interop.rate',
  { params: ['x'], rateLimit: '2/s' },
  (x: unknown) => x,
);

/** Not in the Python peer: leaves a child in the queue `starts` whenever it starts. */
export const countStarts = app.task('interop.count_starts', { params: [] }, async () => {
  await app.sendTask('interop.started', [], { queue: 'starts' });
});

export const softLimited = app.task(
  'interop.soft_limited',
  { bind: true, params: ['seconds'], softTimeLimit: 1, timeLimit: 3 },
  async (self, seconds: number = 2) => {
    await pause(seconds * 1000, undefined, { signal: self.signal });
  },
);

import type { Keywords } from '../canvas/index.ts';
import {
  compressionName,
  type Form,
  type Forms,
  flag,
  isPlainObject,
  positiveSeconds,
  priority,
  seconds,
  serializerName,
  text,
} from '../producer/index.ts';
import { parseRate, type RateLimit } from '../protocol/index.ts';
import type { ErrorClass } from './retry.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { TaskHandlers } from './task-handlers.ts';

/** How a task is called and kept, in Celery's names. @see celery.app.task.Task */
export interface TaskOptions extends TaskHandlers {
  /** The queue its calls go to. @default the setting `taskDefaultQueue`, else the engine's default queue */
  readonly queue?: string;
  /** The exchange its calls go through. @default its route's, else that of its queue */
  readonly exchange?: string;
  /** What the exchange finds queues by. @default its route's, else that of its queue */
  readonly routingKey?: string;
  /** On a standard queue, calls of one key do not crowd out those of others: a key, or how to tell it from a call's arguments. @see PublishOptions.fairnessKey */
  readonly fairnessKey?: string | ((args: readonly unknown[], kwargs: Keywords) => string);
  /** No result is kept. @default the setting `taskIgnoreResult` */
  readonly ignoreResult?: boolean;
  /** With `ignoreResult`: errors are kept nevertheless. @default the setting `taskStoreErrorsEvenIfIgnored` */
  readonly storeErrorsEvenIfIgnored?: boolean;
  /** The state STARTED is stored, one more write a task. @default the setting `taskTrackStarted` */
  readonly trackStarted?: boolean;
  /** Seconds after the call in which it may still start. @default no limit */
  readonly expires?: number;
  /** 0 to 9, 9 first where the queue has lanes. @default its route's, else the setting `taskDefaultPriority` */
  readonly priority?: number;
  /** How arguments are written: `json`, `yaml`, `msgpack`, or a registered one. @default the setting `taskSerializer` */
  readonly serializer?: string;
  /** How arguments are packed: `gzip`, `brotli`, `zstd`. @default the setting `taskCompression` */
  readonly compression?: string;
  /** Retries after which it fails; null: it is retried for ever. @default 3 */
  readonly maxRetries?: number | null;
  /** Seconds until a retry that says nothing else. @default 180 */
  readonly defaultRetryDelay?: number;
  /** Errors that retry the task by themselves. @default [] */
  readonly autoretryFor?: readonly ErrorClass[];
  /** Errors that do not although `autoretryFor` has them. @default [] */
  readonly dontAutoretryFor?: readonly ErrorClass[];
  /** Options of automatic retries. */
  readonly retryKwargs?: { readonly maxRetries?: number | null; readonly countdown?: number };
  /** Automatic retries wait 1, 2, 4, 8 ... seconds, or that many times this number. @default false */
  readonly retryBackoff?: boolean | number;
  /** The longest such wait, in seconds. @default 600 */
  readonly retryBackoffMax?: number;
  /** Such a wait is a random one up to that length, so that retries do not come in herds. @default true */
  readonly retryJitter?: boolean;
  /** Errors that are expected: logged without a stack, as no error of the worker. @default [] */
  readonly throws?: readonly ErrorClass[];
  /** Seconds after which `self.signal` aborts with `SoftTimeLimitExceeded`. @default the setting `taskSoftTimeLimit` */
  readonly softTimeLimit?: number;
  /** Seconds after which the task fails with `TimeLimitExceeded` and is abandoned. @default the setting `taskTimeLimit` */
  readonly timeLimit?: number;
  /** What logs and events show of the positional arguments, instead of themselves: for secrets. @default their `repr` */
  readonly argsrepr?: string;
  /** What logs and events show of the keyword arguments, instead of themselves. @default their `repr` */
  readonly kwargsrepr?: string;
  /** Starts over all workers together: `'5/s'`, `'10/m'`, `'100/h'`, a number a second. Not on FIFO queues. @default no limit */
  readonly rateLimit?: RateLimit;
  /**
   * Of its calls, only the first with a key is sent, for `ttl` seconds, `resultExpires` at most: two writes. Refused in
   * `sendBatch`. Does not count in a canvas or a link, whose parts have ids of their own and are all sent. @default all are sent
   */
  readonly unique?: UniqueTaskOption;
  /** What the rate limit counts apart: a key from the handler's arguments. @default all of the task's starts together */
  readonly rateLimitKey?: (...args: never[]) => string;
  /**
   * `'lease'`: each start holds a lease on the task's result, so that two deliveries never run it at once, and it starts
   * once unless a crash or a failed request hit a started run; then it runs again, after the lease. What a run that has
   * lost its lease still stores is refused.
   *
   * Costs the write of STARTED, which is `trackStarted`'s: two writes a task. Its results are kept, `ignoreResult` or
   * not, for the lease lives in them. Not with `acksLate: false`. @default no lease
   */
  readonly exactlyOnce?: 'lease';
  /**
   * false: at most once. A start is claimed on the task's result first; one that was never heard of is not repeated: the
   * task fails with `WorkerLostError`, at the latest when its message comes again. A retry it asks for itself is another
   * attempt, and runs.
   *
   * Costs the write of STARTED: two writes a task. Its results are kept, `ignoreResult` or not. Unlike Celery, whose
   * default is false and which acknowledges the message before the run. @default the setting `taskAcksLate`
   */
  readonly acksLate?: boolean;
}

/** What makes calls of a task one: a key, or how to tell it from a call's arguments. */
export interface UniqueTaskOption {
  readonly key: string | ((args: readonly unknown[], kwargs: Keywords) => string);
  /** Seconds after which another call with this key is sent again. */
  readonly ttl: number;
}

/** When a task is retried, with the defaults of Celery filled in. */
export interface RetrySettings {
  readonly maxRetries: number | null;
  /** Seconds. */
  readonly defaultRetryDelay: number;
  readonly autoretryFor: readonly ErrorClass[];
  readonly dontAutoretryFor: readonly ErrorClass[];
  readonly retryKwargs: { readonly maxRetries?: number | null; readonly countdown?: number };
  readonly retryBackoff: boolean | number;
  /** Seconds. */
  readonly retryBackoffMax: number;
  readonly retryJitter: boolean;
}

/** What decides the arguments of a task and its handler. */
export interface ArgumentOptions<B, P, SA, SK> {
  /** The handler's first argument is `self`. @default false */
  readonly bind?: B;
  /** Names of the parameters, as Python writes them: `['x', 'y']`, `['to', '*', 'cc']`, `['*args', '**kwargs']`. */
  readonly params?: P;
  /** A schema of the list of positional arguments. */
  readonly args?: SA;
  /** A schema of the object of keyword arguments, which is then the last argument. */
  readonly kwargs?: SK;
}

/** All options of a task, as they are looked at when it runs. */
export type DefinitionOptions = TaskOptions &
  ArgumentOptions<
    boolean | undefined,
    readonly string[] | undefined,
    StandardSchema | undefined,
    StandardSchema | undefined
  >;

/** How often a task may start: again after a lost start, when its lease has ended; or never again. */
export type Once = 'exactly' | 'atMost';

/** A task's options with the settings of its application filled in. */
export interface ResolvedTaskOptions extends RetrySettings, TaskHandlers {
  readonly bind: boolean;
  /** Where the task names none, the setting `taskDefaultQueue`, though endpoints may name another default. */
  readonly queue: string;
  readonly ignoreResult: boolean;
  readonly storeErrorsEvenIfIgnored: boolean;
  readonly trackStarted: boolean;
  /** Seconds. */
  readonly expires: number | undefined;
  readonly priority: number | undefined;
  readonly serializer: string;
  /** null: none. */
  readonly compression: string | null;
  readonly throws: readonly ErrorClass[];
  /** Seconds. */
  readonly softTimeLimit: number | undefined;
  /** Seconds. */
  readonly timeLimit: number | undefined;
  /** undefined: as the message has it. */
  readonly argsrepr: string | undefined;
  readonly kwargsrepr: string | undefined;
  readonly rateLimit: RateLimit;
  readonly rateLimitKey: ((...args: never[]) => string) | undefined;
  /** undefined: none, unless a message asks for one. */
  readonly once: Once | undefined;
}

const schema: Form = [
  'a schema that follows Standard Schema (zod, valibot, arktype ...)',
  (value) =>
    value !== null && ['object', 'function'].includes(typeof value) && '~standard' in Object(value),
];

const retryCount: Form = [
  'a whole number from 0 on, or null for ever',
  (value) => value === null || (Number.isSafeInteger(value) && Number(value) >= 0),
];
const handler: Form = ['a function', (value) => typeof value === 'function'];
const errorClasses: Form = [
  'a list of error classes',
  (value) => Array.isArray(value) && value.every((one) => typeof one === 'function'),
];

/** What a rate limit looks like. */
export const rateLimit: Form = [
  "a rate such as '5/s', '10/m' or '100/h', a number of starts a second, or null for no limit",
  (value) => parseRate(value) !== undefined,
];

/** What a task option's value looks like. */
export const taskOptionForms: Forms<DefinitionOptions> = {
  bind: flag,
  params: ['a list of names', isTextList],
  args: schema,
  kwargs: schema,
  queue: text,
  exchange: text,
  routingKey: text,
  fairnessKey: [
    'a text, or a function of the arguments',
    (value) => typeof value === 'function' || text[1](value),
  ],
  ignoreResult: flag,
  storeErrorsEvenIfIgnored: flag,
  trackStarted: flag,
  expires: positiveSeconds,
  priority,
  serializer: serializerName,
  compression: compressionName,
  maxRetries: retryCount,
  defaultRetryDelay: seconds,
  autoretryFor: errorClasses,
  dontAutoretryFor: errorClasses,
  retryKwargs: ['an object with maxRetries or countdown', isPlainObject],
  retryBackoff: [
    'true, false or a number of seconds',
    (value) => ['boolean', 'number'].includes(typeof value),
  ],
  retryBackoffMax: positiveSeconds,
  retryJitter: flag,
  throws: errorClasses,
  softTimeLimit: positiveSeconds,
  timeLimit: positiveSeconds,
  argsrepr: text,
  kwargsrepr: text,
  beforeStart: handler,
  onSuccess: handler,
  onFailure: handler,
  onRetry: handler,
  afterReturn: handler,
  rateLimit,
  unique: [
    'an object { key, ttl }: a text or function, and a positive number of seconds',
    isUnique,
  ],
  rateLimitKey: ['a function of the arguments', (value) => typeof value === 'function'],
  exactlyOnce: ["'lease'", (value) => value === 'lease'],
  acksLate: flag,
};

/** What an option of `retryKwargs` looks like. */
export const retryKwargsForms: Forms<RetrySettings['retryKwargs']> = {
  maxRetries: retryCount,
  countdown: seconds,
};

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function isUnique(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { key, ttl } = value as Partial<Record<keyof UniqueTaskOption, unknown>>;
  return (typeof key === 'function' || text[1](key)) && positiveSeconds[1](ttl);
}

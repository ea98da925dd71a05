import {
  compressionName,
  type Forms,
  flag,
  isPlainObject,
  moment,
  positiveSeconds,
  priority,
  seconds,
  secondsOrMoment,
  serializerName,
  sqsId,
  text,
  whole,
} from './option-forms.ts';

/** What makes a call the only one of its kind. */
export interface UniqueOption {
  /** Calls of the same task with the same key are one. */
  readonly key: string;
  /** Seconds after which another call with this key is sent again; at most as long as its result is kept. */
  readonly ttl: number;
}

/**
 * How one message is sent: the execution options of Celery's `apply_async`, in camelCase. Seconds are seconds.
 *
 * @see celery.app.task.Task.apply_async
 */
export interface PublishOptions {
  /** Seconds from now before it may start; wins over `eta`. 0: at once. Not on FIFO queues. */
  countdown?: number;
  /** The earliest start. Not on FIFO queues. */
  eta?: Date;
  /** Seconds from now, or the moment, after which it shall not start any more. */
  expires?: number | Date;
  /** The queue's Celery name. @default the task's `queue`, else the setting `taskDefaultQueue`, else the engine's */
  queue?: string;
  /** The exchange's name: of a fanout exchange every queue gets a copy, of others those that the routing key finds. @default the task's, else the route's */
  exchange?: string;
  /** What an exchange finds its queues by. @default the task's, else the route's, else the queue's own */
  routingKey?: string;
  /** 0 to 9, 9 first where the queue has lanes; else a property of the message. @default the task's, the route's, the setting `taskDefaultPriority`, else 0 */
  priority?: number;
  /** On a standard queue: calls of one key do not crowd out those of others (SQS fair queues). A key that SQS takes as no message group is hashed. @default the task's, else the route's */
  fairnessKey?: string;
  /** Printable ASCII without quotes and backslashes, at most 1024 characters. @default a new UUID */
  taskId?: string;
  /** Headers of your own: the task sees them as `request.headers`, and they travel on to retries and children. */
  headers?: Readonly<Record<string, unknown>>;
  /** No result is kept. @default the task's `ignoreResult` */
  ignoreResult?: boolean;
  /** The name that logs and events show instead of the task's. */
  shadow?: string;
  /** What logs and events show of the positional arguments, instead of themselves: for secrets. @default their `repr` */
  argsrepr?: string;
  /** What logs and events show of the keyword arguments, instead of themselves. @default their `repr` */
  kwargsrepr?: string;
  /** Seconds after which the task is killed: written to the message, which Python workers follow. */
  timeLimit?: number;
  /** Seconds after which the task is asked to stop: written to the message, which Python workers follow. */
  softTimeLimit?: number;
  /** How the arguments are written: `json`, `yaml`, `msgpack`, or a registered one. @default the task's, else the setting `taskSerializer` */
  serializer?: string;
  /** How the arguments are packed: `gzip` (zlib's format, as kombu has it), `brotli`, `zstd`. @default the setting `taskCompression` */
  compression?: string;
  /** FIFO: the group whose order is kept (default `default`); up to 128 characters of ASCII, no blanks. On a standard queue as `fairnessKey`, which it goes before. */
  messageGroupId?: string;
  /** FIFO: the same id within five minutes is taken once; up to 128 characters of ASCII, no blanks. @default a new UUID */
  messageDeduplicationId?: string;
  /** Sent unless a call with this key was: the result is then that task's. Two writes. Not in `sendBatch` and links. */
  unique?: UniqueOption;
  /** Kept in the message for whoever answers; this library reads it nowhere. */
  replyTo?: string;
  /** The first task of the workflow. @default that of the running task, else the task itself */
  rootId?: string;
  /** The task that sends this one. @default the running task */
  parentId?: string;
  /** Which attempt this message is. @default 0 */
  retries?: number;
}

/**
 * Celery's DynamoDB keys are Python's `repr` of the id: quotes, backslashes and non-ASCII would change there. A key has
 * room for no more than 2048 bytes.
 */
const taskIdForm = /^[ !#-&(-[\]-~]{1,1024}$/;

/** What their values look like. */
export const publishOptionForms: Forms<PublishOptions> = {
  countdown: seconds,
  eta: moment,
  expires: secondsOrMoment,
  queue: text,
  exchange: text,
  routingKey: text,
  priority,
  fairnessKey: text,
  taskId: [
    '1 to 1024 characters of printable ASCII without quotes and backslashes',
    (value) => typeof value === 'string' && taskIdForm.test(value),
  ],
  headers: ['a plain object', isPlainObject],
  ignoreResult: flag,
  shadow: text,
  argsrepr: text,
  kwargsrepr: text,
  timeLimit: positiveSeconds,
  softTimeLimit: positiveSeconds,
  serializer: serializerName,
  compression: compressionName,
  messageGroupId: sqsId,
  messageDeduplicationId: sqsId,
  unique: ['an object { key, ttl }: a text, and a positive number of seconds', isUnique],
  replyTo: text,
  rootId: text,
  parentId: text,
  retries: whole,
};

function isUnique(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { key, ttl } = value as Partial<Record<keyof UniqueOption, unknown>>;
  return text[1](key) && positiveSeconds[1](ttl);
}

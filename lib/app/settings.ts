import type { LargePayloadSettings } from '../payloads/index.ts';
import {
  checkDeclarations,
  checkOptions,
  compressionName,
  type ExchangeType,
  exchangeType,
  type Form,
  type Forms,
  flag,
  positiveSeconds,
  priority,
  type QueueDeclaration,
  serializerName,
  type TaskRoutes,
  text,
  whole,
} from '../producer/index.ts';

/**
 * Celery's settings, in camelCase and with Celery's defaults. Seconds are seconds.
 *
 * @see https://docs.celeryq.dev/en/stable/userguide/configuration.html
 */
export interface Settings {
  /** The queue of tasks that name no other; where it is not given, the one the endpoints name goes before. @default 'celery' */
  readonly taskDefaultQueue: string;
  /** Where calls go whose call and task do not say: by exact names, globs, regular expressions, or functions. @default null */
  readonly taskRoutes: TaskRoutes | null;
  /** Queues and the exchanges that find them; null: every queue is found by its name alone. @default null */
  readonly taskQueues: readonly QueueDeclaration[] | null;
  /** The exchange of queues that name none. @default null: named as `taskDefaultQueue` */
  readonly taskDefaultExchange: string | null;
  /** Its type, and that of queues that say none. @default 'direct' */
  readonly taskDefaultExchangeType: ExchangeType;
  /** The routing key of what says none. @default null: as `taskDefaultQueue` */
  readonly taskDefaultRoutingKey: string | null;
  /** Queues that `taskQueues` does not list may be sent to, if the engine has them; false: they are refused. @default true */
  readonly taskCreateMissingQueues: boolean;
  /** Priority of calls that say none, 0 to 9; null: 0. @default null */
  readonly taskDefaultPriority: number | null;
  /** The highest priority that queues tell apart: what is above counts as this. @default null: all of them */
  readonly taskQueueMaxPriority: number | null;
  /** Calls that a running task makes have its priority, where nothing says another. @default false */
  readonly taskInheritParentPriority: boolean;
  /** How arguments are written: `json`, `yaml`, `msgpack`, or a registered one. @default 'json' */
  readonly taskSerializer: string;
  /** How arguments are packed: `gzip` (zlib's format, as kombu has it), `brotli`, `zstd`; null: not. @default null */
  readonly taskCompression: string | null;
  /** How results are written. Everyone who reads them needs the same setting: they do not tell. @default 'json' */
  readonly resultSerializer: string;
  /** How results are packed; null: not. Readers need not know. @default null */
  readonly resultCompression: string | null;
  /** What is too large for a message or an item goes to the bucket, if the stack has one; false: it is refused. */
  readonly largePayloads: LargePayloadSettings | false;
  /** Serializers that workers accept, by name or content type; never pickle. @default ['json'] */
  readonly acceptContent: readonly string[];
  /** Errbacks of a chord are called for the tasks of its header, too. @default false */
  readonly taskAllowErrorCbOnChordHeader: boolean;
  /** Seconds for which results are kept, a hundred years at most; null: for ever. @default 86400 */
  readonly resultExpires: number | null;
  /** Results tell the task's name, arguments, worker, retries and queue, too. @default false */
  readonly resultExtended: boolean;
  /** Tasks report STARTED, one more write each. @default false */
  readonly taskTrackStarted: boolean;
  /** Tasks keep no results. @default false */
  readonly taskIgnoreResult: boolean;
  /** Tasks that keep no results keep errors nevertheless. @default false */
  readonly taskStoreErrorsEvenIfIgnored: boolean;
  /** false: tasks run at most once, two writes each: their option `acksLate`. Celery's default is false. @default true */
  readonly taskAcksLate: boolean;
  /** `delay` and its like run the task here and now. @default false */
  readonly taskAlwaysEager: boolean;
  /** With `taskAlwaysEager`: a task's error rejects the call itself. @default false */
  readonly taskEagerPropagates: boolean;
  /** Soft time limit of tasks that set none, in seconds; null: none. @default null */
  readonly taskSoftTimeLimit: number | null;
  /** Hard time limit of tasks that set none, in seconds; null: none. @default null */
  readonly taskTimeLimit: number | null;
  /**
   * Which workers run the canvases that this application sends: `compatible`, Python's may, too; `native`, TypeScript's
   * alone. What is sent natively costs less the larger it is, and a Python worker that meets it fails it.
   * Workers follow either, whatever their own setting. @default 'compatible'
   */
  readonly canvasMode: CanvasMode;
  /** Options of the results table. */
  readonly resultBackendTransportOptions: ResultBackendTransportOptions;
}

/** Who runs what a canvas consists of. */
export type CanvasMode = 'compatible' | 'native';

/** Options of the results table, as Celery names them. */
export interface ResultBackendTransportOptions {
  /** Stands before every key, so that applications can share a table. @default '' */
  readonly globalKeyprefix?: string;
}

const compression: Form = [
  `${compressionName[0]}, or null for none`,
  (value) => value === null || compressionName[1](value),
];

const limit: Form = [
  'a positive number of seconds, or null for none',
  (value) => value === null || positiveSeconds[1](value),
];

/** Whatever is kept longer is kept for ever: and beyond all dates, no store can tell until when. */
const mostResultSeconds = 3_153_600_000;

/** What a setting's value looks like. */
export const settingForms: Forms<Settings> = {
  taskDefaultQueue: text,
  taskRoutes: [
    'an object, a Map, a function, or a list of them',
    (value) => value === null || ['object', 'function'].includes(typeof value),
  ],
  taskQueues: [
    'a list of queues { name, exchange, exchangeType, routingKey ... }',
    (value) => value === null || Array.isArray(value),
  ],
  taskDefaultExchange: orNull(text),
  taskDefaultExchangeType: exchangeType,
  taskDefaultRoutingKey: orNull(text),
  taskCreateMissingQueues: flag,
  taskDefaultPriority: orNull(priority),
  taskQueueMaxPriority: orNull(whole),
  taskInheritParentPriority: flag,
  taskSerializer: serializerName,
  taskCompression: compression,
  resultSerializer: serializerName,
  resultCompression: compression,
  largePayloads: [
    'an object, or false for none',
    (value) => value === false || (typeof value === 'object' && value !== null),
  ],
  acceptContent: ['a list of names of serializers, without pickle', isContentList],
  taskAllowErrorCbOnChordHeader: flag,
  resultExpires: [
    `a positive number of seconds, ${mostResultSeconds} (a hundred years) at most, or null to keep results for ever`,
    (value) => value === null || (positiveSeconds[1](value) && Number(value) <= mostResultSeconds),
  ],
  resultExtended: flag,
  taskTrackStarted: flag,
  taskIgnoreResult: flag,
  taskStoreErrorsEvenIfIgnored: flag,
  taskAcksLate: flag,
  taskAlwaysEager: flag,
  taskEagerPropagates: flag,
  taskSoftTimeLimit: limit,
  taskTimeLimit: limit,
  canvasMode: ["'compatible' or 'native'", (value) => value === 'compatible' || value === 'native'],
  resultBackendTransportOptions: [
    'an object',
    (value) => typeof value === 'object' && value !== null,
  ],
};

const transportForms: Forms<ResultBackendTransportOptions> = {
  globalKeyprefix: ['a text', (value) => typeof value === 'string'],
};

const byteCount: Form = [
  'a whole number of bytes',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
];

const largePayloadForms: Forms<LargePayloadSettings> = {
  bodyBytes: byteCount,
  resultBytes: byteCount,
  externalQueues: [
    'a list of queues',
    (value) => Array.isArray(value) && value.every((name) => text[1](name)),
  ],
};

const defaults: Settings = {
  taskDefaultQueue: 'celery',
  taskRoutes: null,
  taskQueues: null,
  taskDefaultExchange: null,
  taskDefaultExchangeType: 'direct',
  taskDefaultRoutingKey: null,
  taskCreateMissingQueues: true,
  taskDefaultPriority: null,
  taskQueueMaxPriority: null,
  taskInheritParentPriority: false,
  taskSerializer: 'json',
  taskCompression: null,
  resultSerializer: 'json',
  resultCompression: null,
  largePayloads: {},
  acceptContent: ['json'],
  taskAllowErrorCbOnChordHeader: false,
  resultExpires: 86_400,
  resultExtended: false,
  taskTrackStarted: false,
  taskIgnoreResult: false,
  taskStoreErrorsEvenIfIgnored: false,
  taskAcksLate: true,
  taskAlwaysEager: false,
  taskEagerPropagates: false,
  taskSoftTimeLimit: null,
  taskTimeLimit: null,
  canvasMode: 'compatible',
  resultBackendTransportOptions: {},
};

/** All settings, those not given at their defaults. @param given Of forms already checked. @throws ImproperlyConfigured */
export function resolveSettings(app: string, given: Partial<Settings>): Settings {
  const settings: Record<string, unknown> = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof Settings)[]) {
    if (given[name] !== undefined) settings[name] = given[name];
  }
  const { resultBackendTransportOptions } = given;
  if (resultBackendTransportOptions) {
    checkOptions(
      resultBackendTransportOptions,
      transportForms,
      'option',
      `resultBackendTransportOptions of app '${app}'`,
    );
  }
  if (given.largePayloads) {
    checkOptions(given.largePayloads, largePayloadForms, 'option', `largePayloads of app '${app}'`);
  }
  if (given.taskQueues) checkDeclarations(app, given.taskQueues);
  return Object.freeze(settings) as unknown as Settings;
}

function orNull([expected, fits]: Form): Form {
  return [`${expected}, or null`, (value) => value === null || fits(value)];
}

function isContentList(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => serializerName[1](name));
}

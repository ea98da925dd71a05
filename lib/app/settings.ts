import type { LargePayloadSettings } from '../payloads/index.ts';
import {
  checkOptions,
  compressionName,
  type Form,
  type Forms,
  flag,
  positiveSeconds,
  serializerName,
  text,
} from '../producer/index.ts';

/**
 * Celery's settings, in camelCase and with Celery's defaults. Seconds are seconds.
 *
 * @see https://docs.celeryq.dev/en/stable/userguide/configuration.html
 */
export interface Settings {
  /** The queue of tasks that name no other; where it is not given, the one the endpoints name goes before. @default 'celery' */
  readonly taskDefaultQueue: string;
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
  /** Seconds for which results are kept; null: for ever. @default 86400 */
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
  /** Options of the results table. */
  readonly resultBackendTransportOptions: ResultBackendTransportOptions;
}

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

/** What a setting's value looks like. */
export const settingForms: Forms<Settings> = {
  taskDefaultQueue: text,
  taskSerializer: serializerName,
  taskCompression: compression,
  resultSerializer: serializerName,
  resultCompression: compression,
  largePayloads: [
    'an object, or false for none',
    (value) => value === false || (typeof value === 'object' && value !== null),
  ],
  acceptContent: ['a list of names of serializers, without pickle', isContentList],
  resultExpires: [
    'a positive number of seconds, or null to keep results for ever',
    (value) => value === null || (typeof value === 'number' && value > 0),
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
  taskSerializer: 'json',
  taskCompression: null,
  resultSerializer: 'json',
  resultCompression: null,
  largePayloads: {},
  acceptContent: ['json'],
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
  return Object.freeze(settings) as unknown as Settings;
}

function isContentList(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => serializerName[1](name));
}

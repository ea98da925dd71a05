import { type CeleryError, ImproperlyConfigured } from '../errors.ts';
import { areLaneStarts, type LaneStarts, laneNames } from './priority-lanes.ts';

/**
 * Where an application's queues and tables are: the value of `CELERY_ENDPOINTS`, one line of JSON.
 * The construct writes it, `lib/connect` reads it.
 */
export interface Endpoints {
  readonly version: 1;
  readonly region: string;
  /** The queue of tasks that name no other; a key of `queues`. */
  readonly defaultQueue: string;
  /** URL of `defaultQueue`, as the engine gives it. What stands before its name is the prefix of the other queues. */
  readonly queueUrl: string;
  /** Celery's name of a queue -> its name in SQS, or its whole URL where it lives elsewhere. */
  readonly queues: Readonly<Record<string, string>>;
  /** Celery's name of a queue -> its dead-letter queue, written as in `queues`. */
  readonly deadLetterQueues: Readonly<Record<string, string>>;
  readonly resultTable: string;
  readonly stateTable: string;
  /** The queue of control messages, written as in `queues`; none where an older stack was deployed. */
  readonly controlQueue?: string;
  /** Where workers park what waits for longer than a queue can; nowhere where an older stack was deployed. */
  readonly parked?: ParkingPlace;
  /** The bucket of large payloads; none unless the stack was asked for one. */
  readonly blobBucket?: string;
  /** Queues of `queues` that workers of other libraries serve; default none. */
  readonly externalQueues?: readonly string[];
  /** Celery's name of a queue -> the lowest priority of each of its lanes, which stand in `queues` by `laneName`. */
  readonly lanes?: Readonly<Record<string, LaneStarts>>;
  /** Name of a fanout exchange -> ARN of its SNS topic. */
  readonly topics?: Readonly<Record<string, string>>;
}

/** A schedule group of EventBridge Scheduler. */
export interface ParkingPlace {
  /** The group's name. */
  readonly group: string;
  /** ARN of the role as which Scheduler sends to the queues. */
  readonly role: string;
}

const texts = ['region', 'defaultQueue', 'queueUrl', 'resultTable', 'stateTable'] as const;
const maps = ['queues', 'deadLetterQueues'] as const;

/** @throws ImproperlyConfigured that says which part of the value is wrong. */
export function parseEndpoints(text: string): Endpoints {
  const value = parseObject(text);
  if (value.version !== 1) throw wrong(`"version" is ${JSON.stringify(value.version)}, expected 1`);
  for (const key of texts) {
    if (typeof value[key] !== 'string') throw wrong(`"${key}" is missing or not a text`);
  }
  for (const key of maps) {
    if (!isTextMap(value[key])) throw wrong(`"${key}" is missing or not an object of texts`);
  }
  const { controlQueue, parked } = value;
  if (controlQueue !== undefined && typeof controlQueue !== 'string') {
    throw wrong('"controlQueue" is not a text');
  }
  if (parked !== undefined && !isParkingPlace(parked)) {
    throw wrong('"parked" is not an object with the texts "group" and "role"');
  }
  checkPayloads(value);
  const endpoints = value as unknown as Endpoints;
  if (!Object.hasOwn(endpoints.queues, endpoints.defaultQueue)) {
    throw wrong(`"queues" does not list the default queue '${endpoints.defaultQueue}'`);
  }
  checkRouting(value, endpoints.queues);
  return endpoints;
}

function checkRouting(
  { lanes = {}, topics = {} }: Record<string, unknown>,
  queues: Endpoints['queues'],
): void {
  if (!isTextMap(topics)) throw wrong('"topics" is not an object of texts');
  if (typeof lanes !== 'object' || lanes === null) throw wrong('"lanes" is not an object');
  for (const [queue, starts] of Object.entries(lanes)) {
    if (!areLaneStarts(starts)) throw wrong(`"lanes" of '${queue}' are not rising priorities`);
    const missing = laneNames(queue, starts).find((name) => !Object.hasOwn(queues, name));
    if (missing !== undefined) throw wrong(`"queues" does not list the lane '${missing}'`);
  }
}

function checkPayloads({ blobBucket, externalQueues = [] }: Record<string, unknown>): void {
  if (blobBucket !== undefined && typeof blobBucket !== 'string') {
    throw wrong('"blobBucket" is not a text');
  }
  if (!Array.isArray(externalQueues) || externalQueues.some((name) => typeof name !== 'string')) {
    throw wrong('"externalQueues" is not a list of texts');
  }
}

/** URL of every queue by its Celery name. */
export function queueUrls(
  endpoints: Endpoints,
  of: 'queues' | 'deadLetterQueues',
): Map<string, string> {
  return new Map(
    Object.entries(endpoints[of]).map(([queue, place]) => [queue, urlOf(endpoints, place)]),
  );
}

/** URL of the queue of control messages, where there is one. */
export function controlQueueUrl(endpoints: Endpoints): string | undefined {
  const { controlQueue } = endpoints;
  return controlQueue === undefined ? undefined : urlOf(endpoints, controlQueue);
}

function urlOf({ queues, defaultQueue, queueUrl }: Endpoints, place: string): string {
  const prefix = queueUrl.slice(0, -(queues[defaultQueue] ?? '').length);
  return /^https?:\/\//.test(place) ? place : prefix + place;
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw wrong('it is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null) throw wrong('it is not a JSON object');
  return value as Record<string, unknown>;
}

function isParkingPlace(value: unknown): boolean {
  const { group, role } = Object(value) as Partial<Record<keyof ParkingPlace, unknown>>;
  return typeof group === 'string' && typeof role === 'string';
}

function isTextMap(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((item) => typeof item === 'string')
  );
}

function wrong(what: string, options?: ErrorOptions): CeleryError {
  return new ImproperlyConfigured(
    `CELERY_ENDPOINTS cannot be used: ${what}. Copy the value that the stack prints as output CeleryEndpoints.`,
    options,
  );
}

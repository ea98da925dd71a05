import { EncodeError } from '../errors.ts';
import {
  describeLimit,
  type LargePayloadSettings,
  type PayloadTools,
  storePayload,
} from '../payloads/index.ts';
import type { Broker } from '../ports/index.ts';
import {
  daysBeyondEta,
  encodeTaskMessage,
  hasFollowing,
  PayloadKind,
  type PayloadReference,
  type TaskMessage,
  type WrittenBody,
} from '../protocol/index.ts';
import { bodyBytes } from '../serializers/index.ts';

/** Kept free in every message, so that retries and dead-lettering, which add to it, always fit. */
const reservedBytes = 16 * 1024;

/** A message whose body is, or should be, too large for it. */
export interface LargeBody {
  readonly call: TaskMessage;
  readonly body: WrittenBody;
  /** It cannot be sent as it is; undefined: it could, though it is larger than the settings want. */
  readonly refusal: string | undefined;
}

/** A message as it was written. */
export interface WrittenCall {
  /** Those whose workers read it. */
  readonly queues: readonly string[];
  readonly call: TaskMessage;
  readonly body: WrittenBody;
  /** The whole text, body included. */
  readonly text: string;
}

/** What says how large is too large. */
export interface SizeLimits {
  readonly broker: Pick<Broker, 'maxMessageBytes' | 'externalQueues'>;
  readonly largePayloads: LargePayloadSettings | false;
}

/**
 * The body, if it should be put away; undefined if the message can travel as it is.
 *
 * @throws EncodeError where it must be put away and the queue's workers could not follow
 */
export function findLargeBody(
  { queues, call, body, text }: WrittenCall,
  { broker, largePayloads }: SizeLimits,
): LargeBody | undefined {
  const refusal = refusalOfSize(call.task, text, broker.maxMessageBytes);
  const threshold = largePayloads ? largePayloads.bodyBytes : undefined;
  const isOver = threshold !== undefined && bodyBytes(body).byteLength > threshold;
  if (refusal === undefined && !isOver) return undefined;
  const external = queues.find((queue) => isExternal(queue, broker, largePayloads));
  if (external === undefined) return { call, body, refusal };
  if (refusal === undefined) return undefined;
  throw new EncodeError(
    `${refusal}, and workers of queue '${external}' cannot follow a reference to a large payload: it is external ` +
      '(setting largePayloads.externalQueues, or external: true of the queue in CeleryApp). Keep the data elsewhere and send where it is.',
  );
}

/** @throws EncodeError where the body must be put away and there is no place for it */
export function checkHasPlace(
  large: LargeBody,
  tools: PayloadTools | undefined,
  largePayloads: LargePayloadSettings | false,
): void {
  if (large.refusal === undefined || (tools && largePayloads)) return;
  const wayOut = largePayloads ? describeLimit : 'The setting largePayloads is false.';
  throw new EncodeError(`${large.refusal}. ${wayOut}`);
}

/**
 * Puts a body away and answers the text of the message that refers to it.
 *
 * @throws EncodeError when the message is too large even so; OperationalError
 */
export async function putAway(
  { call, body }: LargeBody,
  tools: PayloadTools,
  maxMessageBytes: number,
): Promise<string> {
  const message = await withReference(call, body, tools);
  const text = encodeTaskMessage(message, tools.clock.now());
  const refusal = refusalOfSize(call.task, text, maxMessageBytes);
  if (refusal === undefined) return text;
  throw new EncodeError(`${refusal}, even without its arguments: send smaller headers.`);
}

/** The message with its body put away for as long as the message can live. @throws OperationalError */
export async function withReference(
  message: TaskMessage,
  body: WrittenBody,
  tools: PayloadTools,
): Promise<TaskMessage & { readonly reference: PayloadReference }> {
  const { contentType, contentEncoding, compression } = body;
  const neededUntil = bodyNeededUntil(message.eta, tools.clock.now());
  const stored = await storePayload(tools, PayloadKind.arguments, bodyBytes(body), neededUntil);
  const follows = hasFollowing(message.embed);
  const reference = { ...stored, contentType, contentEncoding, compression, follows };
  return { ...message, reference };
}

/** Until when a message with this eta can come back, in Unix seconds. @param now Milliseconds since the epoch. */
export function bodyNeededUntil(eta: Date | null, now: number): number {
  return Math.ceil(Math.max(now, eta?.getTime() ?? 0) / 1000) + daysBeyondEta * 86_400;
}

/** Of a text that a queue would not take, or not any more with what retries add. */
export function refusalOfSize(
  task: string,
  text: string,
  maxMessageBytes: number,
): string | undefined {
  const limit = maxMessageBytes - reservedBytes;
  if (text.length * 3 <= limit) return undefined;
  const size = Buffer.byteLength(text);
  if (size <= limit) return undefined;
  return (
    `A call of ${task} makes a message of ${size} bytes; the limit is ${limit} (what the queue takes less ` +
    `${reservedBytes} kept for retries)`
  );
}

/** Whether workers of a queue cannot follow references. */
export function isExternal(
  queue: string,
  { externalQueues = [] }: SizeLimits['broker'],
  largePayloads: LargePayloadSettings | false,
): boolean {
  const more = largePayloads ? (largePayloads.externalQueues ?? []) : [];
  return externalQueues.includes(queue) || more.includes(queue);
}

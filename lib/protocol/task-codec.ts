import { DecodeError } from '../errors.ts';
import { formatIsoDate } from './dates.ts';
import { type Envelope, isObject, kindOf, sqsText } from './envelope.ts';
import { stringifyJson, stringifyPart } from './json.ts';
import { leaseHeader } from './lease-header.ts';
import { nativeHeader } from './native-canvas.ts';
import { setOwn } from './own-property.ts';
import { encodeReference, referenceContentType, referenceHeader } from './payload-reference.ts';
import { decodeProtocol1 } from './protocol1.ts';
import { decodeProtocol2 } from './protocol2.ts';
import { reprArgs, reprKwargs } from './python-repr.ts';
import type { Embed, TaskMessage } from './task-message.ts';
import { DateTime } from './wire-values.ts';

const nothingFollows: Embed = { callbacks: null, errbacks: null, chain: null, chord: null };

/**
 * A fresh message: everything not given is what Celery puts there. The task is the root of its own workflow, and
 * `argsrepr` and `kwargsrepr` are computed.
 *
 * @see celery.app.amqp.AMQP.as_task_v2
 */
export function newTaskMessage(
  fields: Pick<TaskMessage, 'task' | 'id' | 'args'> & Partial<TaskMessage>,
): TaskMessage {
  const kwargs = fields.kwargs ?? Object.create(null);
  return {
    task: fields.task,
    id: fields.id,
    args: fields.args,
    kwargs,
    embed: fields.embed ?? nothingFollows,
    lang: fields.lang ?? 'js',
    shadow: fields.shadow ?? null,
    eta: fields.eta ?? null,
    expires: fields.expires ?? null,
    group: fields.group ?? null,
    groupIndex: fields.groupIndex ?? null,
    retries: fields.retries ?? 0,
    timeLimit: fields.timeLimit ?? null,
    softTimeLimit: fields.softTimeLimit ?? null,
    rootId: fields.rootId ?? fields.id,
    parentId: fields.parentId ?? null,
    argsrepr: fields.argsrepr ?? reprArgs(fields.args),
    kwargsrepr: fields.kwargsrepr ?? reprKwargs(kwargs),
    origin: fields.origin ?? 'celery-aws',
    ignoreResult: fields.ignoreResult ?? null,
    replacedTaskNesting: fields.replacedTaskNesting ?? 0,
    stampedHeaders: fields.stampedHeaders ?? null,
    stamps: fields.stamps ?? {},
    deadGeneration: fields.deadGeneration ?? 0,
    leased: fields.leased ?? false,
    native: fields.native ?? false,
    rateSlot: fields.rateSlot ?? null,
    reference: fields.reference ?? null,
    headers: fields.headers ?? {},
    correlationId: fields.correlationId ?? fields.id,
    replyTo: fields.replyTo ?? null,
    priority: fields.priority ?? 0,
    deliveryInfo: fields.deliveryInfo ?? { exchange: '', routingKey: 'celery' },
    properties: fields.properties ?? {},
  };
}

/**
 * Reads the message that an envelope and its decoded body make: protocol 2, or 1 where the header `task` is missing.
 *
 * @throws DecodeError that says which part is not as expected.
 * @see celery.worker.strategy
 */
export function decodeTaskMessage(envelope: Envelope, body: unknown): TaskMessage {
  if (envelope.headers.task !== undefined) return decodeProtocol2(envelope, body);
  if (isObject(body) && body.task !== undefined) return decodeProtocol1(envelope, body);
  throw new DecodeError(
    `Not a task: expected a header "task" (protocol 2) or a body with "task" (protocol 1), got headers ${Object.keys(
      envelope.headers,
    ).join(', ')} and as body ${kindOf(body)}`,
  );
}

/** The body of a message, written by some serializer and perhaps compressed. */
export interface WrittenBody {
  /** A text travels as it is, bytes in base64. */
  readonly content: string | Uint8Array;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** Content type of the compression; null: none. */
  readonly compression: string | null;
}

/** What a body says: `[args, kwargs, embed]`. */
export function bodyOf({ args, kwargs, embed }: TaskMessage): readonly unknown[] {
  return [args, kwargs, embed];
}

/** A body in JSON. @throws EncodeError that names the place of what JSON cannot carry: `args[1].when`. */
export function writeJsonBody(message: TaskMessage): WrittenBody {
  const [contentType, contentEncoding] = ['application/json', 'utf-8'];
  return { content: encodeBody(message), contentType, contentEncoding, compression: null };
}

/**
 * Writes a message as protocol 2: plain JSON outside, the body inside, by default as JSON text, which every Celery 5
 * worker reads. A message with a reference is written with that instead of its body.
 *
 * @param now Milliseconds since the epoch; given, a message with `expires` also carries what is left of it as
 * property `expiration`, as Python's does. No reader needs it.
 * @param body Its body; default {@link writeJsonBody}.
 * @throws EncodeError that names the place of what JSON cannot carry: `args[1].when`.
 */
export function encodeTaskMessage(
  message: TaskMessage,
  now?: number,
  body: WrittenBody = message.reference ? bodyElsewhere : writeJsonBody(message),
): string {
  const { content } = body;
  const isText = typeof content === 'string';
  return sqsText(
    stringifyJson({
      body: isText ? content : Buffer.from(content).toString('base64'),
      'content-encoding': body.contentEncoding,
      'content-type': body.contentType,
      headers: encodeHeaders(message, body),
      properties: encodeProperties(message, now, isText ? 'utf-8' : 'base64'),
    }),
  );
}

const bodyElsewhere: WrittenBody = {
  content: '',
  contentType: referenceContentType,
  contentEncoding: 'utf-8',
  compression: null,
};

function encodeBody({ args, kwargs, embed }: TaskMessage): string {
  const parts = [
    stringifyPart(args, 'args', 1),
    stringifyPart(kwargs, 'kwargs', 1),
    embed === nothingFollows ? emptyEmbed : stringifyPart(embed, 'embed', 1),
  ];
  return `[${parts.join(',')}]`;
}

const emptyEmbed: string = JSON.stringify(nothingFollows);

/** In Celery's order. The caller's own headers come last and cannot replace one of these. */
function encodeHeaders(message: TaskMessage, body: WrittenBody): Record<string, unknown> {
  const headers: Record<string, unknown> = {
    lang: message.lang,
    task: message.task,
    id: message.id,
    shadow: message.shadow,
    eta: encodeDate(message.eta),
    expires: encodeDate(message.expires),
    group: message.group,
    group_index: message.groupIndex,
    retries: message.retries,
    timelimit: [message.timeLimit, message.softTimeLimit],
    root_id: message.rootId,
    parent_id: message.parentId,
    argsrepr: message.argsrepr,
    kwargsrepr: message.kwargsrepr,
    origin: message.origin,
    ignore_result: message.ignoreResult,
    replaced_task_nesting: message.replacedTaskNesting,
    stamped_headers: message.stampedHeaders,
    stamps: message.stamps,
  };
  if (message.deadGeneration > 0) headers.dead_generation = message.deadGeneration;
  if (message.leased) headers[leaseHeader] = true;
  if (message.native) headers[nativeHeader] = true;
  if (body.compression !== null) headers.compression = body.compression;
  if (message.reference && body === bodyElsewhere) {
    headers[referenceHeader] = encodeReference(message.reference);
  }
  return addAbsent(headers, message.headers);
}

function encodeProperties(
  message: TaskMessage,
  now: number | undefined,
  bodyEncoding: string,
): Record<string, unknown> {
  const { deliveryInfo, expires } = message;
  const properties: Record<string, unknown> = {
    correlation_id: message.correlationId,
    reply_to: message.replyTo ?? '',
    delivery_mode: 2,
    delivery_info: { exchange: deliveryInfo.exchange, routing_key: deliveryInfo.routingKey },
    priority: message.priority,
    body_encoding: bodyEncoding,
  };
  if (expires && now !== undefined) {
    properties.expiration = String(Math.max(0, Math.trunc(expires.getTime() - now)));
  }
  return addAbsent(properties, message.properties);
}

function addAbsent(
  target: Record<string, unknown>,
  more: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  for (const key of Object.keys(more))
    if (!Object.hasOwn(target, key)) setOwn(target, key, more[key]);
  return target;
}

/** An aware date that was read keeps its own text, microseconds and offset; all else is written in UTC. */
function encodeDate(date: Date | null): string | null {
  if (date === null) return null;
  return date instanceof DateTime && !date.naive ? date.toJSON() : formatIsoDate(date);
}

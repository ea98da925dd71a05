import { EncodeError } from '../errors.ts';
import type { LargePayloadSettings } from '../payloads/index.ts';
import type { Broker, OutgoingMessage, Random } from '../ports/index.ts';
import {
  type DeliveryInfo,
  encodeTaskMessage,
  newTaskMessage,
  type TaskMessage,
  type WireSignature,
  type WrittenBody,
} from '../protocol/index.ts';
import { writeBody } from '../serializers/index.ts';
import { checkDelay, checkHeaders } from './check-call.ts';
import { fairGroupOf } from './fair-group.ts';
import { findLargeBody, type LargeBody } from './large-body.ts';
import type { PublishOptions } from './publish-options.ts';
import type { ExchangeTarget } from './router.ts';
import { targetOf } from './target.ts';

/** A call whose defaults are resolved: what to run, with what, from which queue, on whose behalf. */
export interface PublishRequest {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** The queue's Celery name. @default the engine's default queue, else `celery` */
  readonly queue: string | undefined;
  /** Instead of a queue: what finds the queues, or gives out copies. */
  readonly exchange?: ExchangeTarget | undefined;
  /** Higher priorities count as this one. @default the highest there is */
  readonly maxPriority?: number | null | undefined;
  /** Of forms already checked. */
  readonly options: PublishOptions;
  readonly callbacks: readonly WireSignature[] | null;
  readonly errbacks: readonly WireSignature[] | null;
  /** Of a message that is part of a canvas: instead of `callbacks` and `errbacks`. */
  readonly canvas?: CanvasFields | undefined;
  /** null: the worker's own task option decides. */
  readonly ignoreResult: boolean | null;
  /** The running task that sends this one. */
  readonly parent: ParentTask | undefined;
}

/** What a message of a canvas says besides its call: where it belongs, and what follows it. */
export type CanvasFields = Partial<
  Pick<
    TaskMessage,
    | 'embed'
    | 'group'
    | 'groupIndex'
    | 'stampedHeaders'
    | 'stamps'
    | 'replacedTaskNesting'
    | 'properties'
  >
>;

/** What a task hands on to those it sends. */
export interface ParentTask {
  readonly id: string;
  readonly rootId: string;
  /** Headers that are not the message's own: `traceparent` and the like. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly deliveryInfo?: { readonly priority: number };
}

/** One message, ready to be sent. */
export interface Publication {
  readonly taskId: string;
  /** Each of them gets the message: one, unless an exchange finds more. */
  readonly queues: readonly string[];
  /** The exchange that gives it out instead. */
  readonly fanout: string | undefined;
  readonly message: OutgoingMessage;
  /** The body is put away before the message is sent, which is then written again with a reference to it. */
  readonly large: LargeBody | undefined;
}

/** What messages are made with, besides the call. */
export interface PublishContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly random: Random;
  /** `gen<pid>@<host>`: the producer, for people. */
  readonly origin: string;
  readonly broker: Pick<
    Broker,
    'maxDelaySeconds' | 'maxMessageBytes' | 'defaultQueue' | 'externalQueues' | 'lanes'
  >;
  readonly largePayloads: LargePayloadSettings | false;
}

/**
 * The message of a call; refuses all that would fail later.
 *
 * @throws ImproperlyConfigured for options the message or queue cannot carry
 * @throws EncodeError for arguments the serializer cannot carry, and for a message too large where that can be told yet
 */
export function preparePublication(request: PublishRequest, context: PublishContext): Publication {
  const { task, options } = request;
  const target = targetOf(request, context.broker);
  checkHeaders(task, options.headers ?? {});
  const eta = etaOf(options, context.now);
  for (const place of target.places) checkDelay(task, place, eta);
  const taskId = options.taskId ?? context.random.uuid();
  const call = messageOf(request, target.deliveryInfo, taskId, eta, context);
  const body = writeCall(call, options);
  const text = encodeCall(call, context.now, body);
  const message: OutgoingMessage = {
    body: text,
    delaySeconds: delayOf(eta, context),
    groupId: options.messageGroupId ?? fairGroupOf(request, target),
    deduplicationId: options.messageDeduplicationId,
  };
  const large = findLargeBody({ queues: target.readers, call, body, text }, context);
  return { taskId, queues: target.queues, fanout: target.fanout, message, large };
}

function messageOf(
  request: PublishRequest,
  deliveryInfo: DeliveryInfo,
  id: string,
  eta: Date | null,
  { now, origin }: PublishContext,
): TaskMessage {
  const { task, args, kwargs, options, parent } = request;
  return newTaskMessage({
    task,
    id,
    args,
    kwargs,
    ...embedOf(request),
    shadow: options.shadow ?? null,
    argsrepr: options.argsrepr,
    kwargsrepr: options.kwargsrepr,
    eta,
    expires: expiresOf(options, now),
    retries: options.retries ?? 0,
    timeLimit: options.timeLimit ?? null,
    softTimeLimit: options.softTimeLimit ?? null,
    rootId: options.rootId ?? parent?.rootId ?? id,
    parentId: options.parentId ?? parent?.id ?? null,
    origin,
    ignoreResult: request.ignoreResult,
    headers: parent ? { ...parent.headers, ...options.headers } : (options.headers ?? {}),
    replyTo: options.replyTo ?? null,
    priority: options.priority ?? 0,
    deliveryInfo,
  });
}

/** Nothing to embed is the common case, which is written without looking at it. */
function embedOf({
  callbacks,
  errbacks,
  canvas,
}: Pick<PublishRequest, 'callbacks' | 'errbacks' | 'canvas'>): Partial<TaskMessage> {
  if (canvas) return canvas;
  if (callbacks === null && errbacks === null) return {};
  return { embed: { callbacks, errbacks, chain: null, chord: null } };
}

/** A countdown of 0 is no eta, as in Celery. @see celery.app.base.Celery.send_task */
function etaOf({ countdown, eta }: PublishOptions, now: number): Date | null {
  if (countdown === undefined) return eta ?? null;
  return countdown > 0 ? new Date(now + countdown * 1000) : null;
}

function expiresOf({ expires }: PublishOptions, now: number): Date | null {
  if (expires === undefined) return null;
  return typeof expires === 'number' ? new Date(now + expires * 1000) : expires;
}

/** What the queue itself can delay, in seconds; a worker sees to the rest, by the eta in the message. */
function delayOf(eta: Date | null, { now, broker }: PublishContext): number | undefined {
  if (eta === null) return undefined;
  const seconds = Math.ceil((eta.getTime() - now) / 1000);
  return seconds > 0 ? Math.min(seconds, broker.maxDelaySeconds) : undefined;
}

function writeCall(call: TaskMessage, { serializer, compression }: PublishOptions): WrittenBody {
  return explained(call, () =>
    writeBody(call, { serializer: serializer ?? 'json', compression: compression ?? null }),
  );
}

function encodeCall(call: TaskMessage, now: number, body: WrittenBody): string {
  return explained(call, () => encodeTaskMessage(call, now, body));
}

function explained<T>({ task }: TaskMessage, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    throw new EncodeError(`A call of ${task} cannot be sent: ${error.message}`, { cause: error });
  }
}

import type { Random } from '../ports/index.ts';
import { newTaskMessage, type TaskMessage, type WireSignature } from '../protocol/index.ts';

/** Where a message came from. */
export interface RequestDeliveryInfo {
  readonly exchange: string;
  /** The queue's Celery name. */
  readonly routingKey: string;
  readonly priority: number;
  /** The message had been received before. */
  readonly redelivered: boolean;
}

/**
 * The call that a running task serves. `null` is "not given".
 *
 * @see celery.app.task.Context
 */
export interface TaskRequest {
  readonly id: string;
  /** The task's name. */
  readonly task: string;
  /** As they travelled. */
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** The first task of the workflow. */
  readonly rootId: string;
  /** The task that sent this one. */
  readonly parentId: string | null;
  readonly group: string | null;
  readonly groupIndex: number | null;
  /** Which attempt this is; 0 at first. */
  readonly retries: number;
  readonly eta: Date | null;
  readonly expires: Date | null;
  /** The producer, `gen<pid>@<host>`. */
  readonly origin: string | null;
  readonly replyTo: string | null;
  readonly correlationId: string;
  readonly deliveryInfo: RequestDeliveryInfo;
  /** Headers of the caller's own. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly shadow: string | null;
  /** Seconds. */
  readonly timelimit: readonly [hard: number | null, soft: number | null];
  /** null: the task's own option decides. */
  readonly ignoreResult: boolean | null;
  readonly stampedHeaders: readonly string[] | null;
  readonly stamps: Readonly<Record<string, unknown>>;
  readonly replacedTaskNesting: number;
  /** Called with its value when it succeeds. */
  readonly callbacks: readonly WireSignature[] | null;
  /** Called when it fails. */
  readonly errbacks: readonly WireSignature[] | null;
  /** The rest of its chain, the next step last. */
  readonly chain: readonly WireSignature[] | null;
  /** The body of the chord that it is a part of. */
  readonly chord: WireSignature | null;
  readonly argsrepr: string;
  readonly kwargsrepr: string;
  /** The worker. */
  readonly hostname: string;
  /** The task was called as a plain function: there is no message and no result. */
  readonly calledDirectly: boolean;
  /** It runs in the process that called it, by `taskAlwaysEager` or `runEagerly`. */
  readonly isEager: boolean;
}

/** What a request knows besides its message. */
export interface RequestExtra {
  readonly hostname: string;
  readonly redelivered?: boolean;
  readonly calledDirectly?: boolean;
  readonly isEager?: boolean;
}

/** The request of a message. */
export function requestFromMessage(message: TaskMessage, extra: RequestExtra): TaskRequest {
  return {
    id: message.id,
    task: message.task,
    args: message.args,
    kwargs: message.kwargs,
    rootId: message.rootId ?? message.id,
    parentId: message.parentId,
    group: message.group,
    groupIndex: message.groupIndex,
    retries: message.retries,
    eta: message.eta,
    expires: message.expires,
    origin: message.origin,
    replyTo: message.replyTo,
    correlationId: message.correlationId,
    deliveryInfo: {
      exchange: message.deliveryInfo.exchange,
      routingKey: message.deliveryInfo.routingKey,
      priority: message.priority,
      redelivered: extra.redelivered ?? false,
    },
    headers: message.headers,
    shadow: message.shadow,
    timelimit: [message.timeLimit, message.softTimeLimit],
    ignoreResult: message.ignoreResult,
    stampedHeaders: message.stampedHeaders,
    stamps: message.stamps,
    replacedTaskNesting: message.replacedTaskNesting,
    callbacks: message.embed.callbacks,
    errbacks: message.embed.errbacks,
    chain: message.embed.chain,
    chord: message.embed.chord,
    argsrepr: message.argsrepr,
    kwargsrepr: message.kwargsrepr,
    hostname: extra.hostname,
    calledDirectly: extra.calledDirectly ?? false,
    isEager: extra.isEager ?? false,
  };
}

/** The request of a task that is called as a plain function. */
export function requestOfCall(
  { random, hostname }: { readonly random: Random; readonly hostname: string },
  task: string,
  args: readonly unknown[],
): TaskRequest {
  const message = newTaskMessage({ task, id: random.uuid(), args });
  return requestFromMessage(message, { hostname, calledDirectly: true });
}

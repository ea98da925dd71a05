import type { PayloadReference } from './payload-reference.ts';
import type { RateSlot } from './rate-slot.ts';

/** A signature as it travels, in the wire's own names. Canvas gives it meaning. @see PROTOCOL: celery.canvas.Signature */
export interface WireSignature {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly subtask_type: string | null;
  readonly immutable: boolean;
  readonly [more: string]: unknown;
}

/** What follows a task: the third element of a protocol 2 body. */
export interface Embed {
  readonly callbacks: readonly WireSignature[] | null;
  readonly errbacks: readonly WireSignature[] | null;
  /** The rest of the chain, reversed: the next step is the last element. */
  readonly chain: readonly WireSignature[] | null;
  readonly chord: WireSignature | null;
}

/** Whether anything follows the task. */
export function hasFollowing({ callbacks, errbacks, chain, chord }: Embed): boolean {
  return callbacks !== null || errbacks !== null || chain !== null || chord !== null;
}

export interface DeliveryInfo {
  readonly exchange: string;
  /** The queue's Celery name, when `exchange` is empty. */
  readonly routingKey: string;
}

/**
 * One call of a task, in camelCase, whichever protocol it travelled by.
 * `null` is the wire's "not given".
 *
 * @see celery.app.amqp.as_task_v2
 */
export interface TaskMessage {
  readonly task: string;
  readonly id: string;
  readonly args: readonly unknown[];
  /** Without a prototype: nothing from the wire is looked up on `Object.prototype`. */
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly embed: Embed;
  readonly lang: string;
  readonly shadow: string | null;
  readonly eta: Date | null;
  readonly expires: Date | null;
  readonly group: string | null;
  readonly groupIndex: number | null;
  /** 0 at first; the attempt this message is. */
  readonly retries: number;
  /** Seconds. */
  readonly timeLimit: number | null;
  /** Seconds. */
  readonly softTimeLimit: number | null;
  readonly rootId: string | null;
  readonly parentId: string | null;
  /** Python literal syntax, for display alone. */
  readonly argsrepr: string;
  readonly kwargsrepr: string;
  readonly origin: string | null;
  /** null: the worker's own task option decides. */
  readonly ignoreResult: boolean | null;
  readonly replacedTaskNesting: number;
  readonly stampedHeaders: readonly string[] | null;
  readonly stamps: Readonly<Record<string, unknown>>;
  /** How often the message has come back from the dead-letter queue (header `dead_generation`, ours); 0 at first. */
  readonly deadGeneration: number;
  /** It runs under a lease whatever its task's options say (header `leased`, ours). */
  readonly leased: boolean;
  /** What follows it is stored in part, for TypeScript workers alone (header `native_canvas`, ours). */
  readonly native: boolean;
  /** The start that this delivery waited for (header `rate_slot`, ours): read, and never written to the next message. */
  readonly rateSlot: RateSlot | null;
  /**
   * Where the body lies when it was too large for the message (header `payload_reference`, ours); else null. The message
   * is written with it instead of a body: whoever changes `args`, `kwargs` or `embed` sets it to null.
   */
  readonly reference: PayloadReference | null;
  /** All other headers: the caller's own, `traceparent` and the like. They travel on to retries and children. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly correlationId: string;
  readonly replyTo: string | null;
  readonly priority: number;
  readonly deliveryInfo: DeliveryInfo;
  /** All other properties. */
  readonly properties: Readonly<Record<string, unknown>>;
}

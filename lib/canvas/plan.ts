import type { NativeRecord } from '../ports/index.ts';
import type { ResultTuple, WireSignature } from '../protocol/index.ts';

/** What a signature is applied with, in the wire's names. @see celery.canvas.Signature.apply_async */
export interface Application {
  /** Put in front of the signature's own, unless it is immutable. */
  readonly args?: readonly unknown[];
  /** Over the signature's own, unless it is immutable. */
  readonly kwargs?: Readonly<Record<string, unknown>>;
  /** Over the signature's own: `task_id`, `countdown`, `chain` ... @see celery.canvas.Signature._merge */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The first task of the workflow; undefined: each message without one of its own begins one. */
  readonly rootId?: string;
  /** The task that sends it. */
  readonly parentId?: string;
}

/** What planning goes by besides the signature. */
export interface PlanContext {
  /** What countdowns are counted from. @default the epoch: only an `eta` makes a chord's `latestEta` */
  readonly now?: Date;
  /** Written into signatures and messages as `reply_to`, which Celery fills and nothing here reads. @default left out */
  readonly replyTo?: string;
  /** An errback of a chord in a chain goes to the tasks of its header, too. @default false, as in Celery */
  readonly taskAllowErrorCbOnChordHeader?: boolean;
}

/** Ids for what is yet without: random for a producer; for followers derived, in the order of planning. */
export type NextId = () => string;

/** A chord whose records must be made before its header is sent. */
export interface PlannedChord {
  readonly groupId: string;
  /** The header's results, in order. */
  readonly members: readonly ResultTuple[];
  /** Applied to the list of the header's values, its id settled. */
  readonly body: WireSignature;
  /** The latest moment at which a part starts that is known; null: at once. */
  readonly latestEta: Date | null;
}

/** All that applying a canvas comes to, as data: nothing is sent or stored yet. */
export interface CanvasPlan {
  /** To be made first, in this order. */
  readonly chords: readonly PlannedChord[];
  /** To be stored first: what TypeScript workers read where a message says so. @default nothing */
  readonly stored?: readonly NativeRecord[];
  /**
   * Signatures of single tasks, one message each: the id and all that follows stand in their options (`task_id`,
   * `group_id`, `group_index`, `root_id`, `parent_id`, `link`, `link_error`, `chain` (reversed), `chord`).
   */
  readonly messages: readonly WireSignature[];
  /** What the caller waits for, parents included. */
  readonly result: ResultTuple;
}

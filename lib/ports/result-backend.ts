import type { DecodeError } from '../errors.ts';
import type { LeaseChange, LeaseRecord, LeaseWrite } from './leases.ts';

/** A result item as it stands in the table. */
export interface StoredResult {
  readonly taskId: string;
  /** Celery's result document in the form of `resultSerializer`, perhaps compressed. `decodeStoredDocument` reads it. */
  readonly document: Uint8Array;
  /** The item's `timestamp`, exactly as stored: the version of an item that Python wrote. */
  readonly timestamp: string;
  /** Our own attributes beside the document; undefined when a Python worker wrote the item. */
  readonly own: OwnState | undefined;
  /** Set for an item that is no result, which nobody's Celery reads: why. Its document is then empty. */
  readonly malformed?: DecodeError;
}

/** What we keep beside the document, so that conditions need not read JSON. */
export interface OwnState {
  /** The document's status. */
  readonly status: string;
  /** The number of the attempt that this state belongs to: `attemptNumber` of its message. */
  readonly attempt: number;
  /** How often the task had been sent back from the dead-letter queue when this was written. */
  readonly generation: number;
  /** Set when the state is a death (dead-lettered): the generation in which the letter may run again. */
  readonly dead: number | undefined;
  /** With RETRY alone: what the next attempt's message has other than the one before it, as text of the worker's own. */
  readonly retry: string | undefined;
  /** Where the document lies when it was too large for the item, as text of ours; the item's own only says that it does. */
  readonly payload?: string | undefined;
  /** Who runs the task, or did; undefined where it ran, or runs, without a lease. */
  readonly lease?: LeaseRecord | undefined;
}

/** A state to store. */
export interface ResultWrite {
  readonly taskId: string;
  readonly document: Uint8Array;
  readonly status: string;
  /** Unix seconds with fraction, the item's `timestamp`. */
  readonly timestamp: number;
  /** Unix seconds, the item's `ttl`; undefined: never expires. */
  readonly expiresAt: number | undefined;
  /** The attempt that the state belongs to. */
  readonly attempt: number;
  /** The attempt whose message makes this write: one less than `attempt` when it stores RETRY, else the same. */
  readonly fromAttempt: number;
  readonly generation: number;
  readonly dead: number | undefined;
  readonly retry: string | undefined;
  readonly payload?: string | undefined;
  /** Different for every write: finding it in the item after a failed condition tells that the write was ours. */
  readonly token: string;
  /** `timestamp` of the unfinished item by a Python worker that this write may replace. */
  readonly over: string | undefined;
  /** For a task that runs under a lease: whose write this is, and what becomes of the lease. */
  readonly lease?: LeaseWrite | undefined;
}

/** `changed: false` hands back the item whose lease is another's or none; undefined: there is no item. */
export type LeaseOutcome =
  | { readonly changed: true }
  | { readonly changed: false; readonly current: StoredResult | undefined };

/** `stored: false` hands back the item that stood in the way. */
export type WriteOutcome =
  | { readonly stored: true }
  | { readonly stored: false; readonly current: StoredResult };

/**
 * Results by task id, in the form Python's `AsyncResult` reads.
 *
 * An item past its `ttl` is absent for every read and every condition, and a write over it replaces it whole.
 */
export interface ResultBackend {
  /** The largest document an item holds, in bytes (DynamoDB: 400 kB less our attributes). */
  readonly maxDocumentBytes: number;

  /**
   * Found items by task id. `consistent` (default true) sees every write that was answered before.
   *
   * @throws OperationalError; an item that is `malformed` harms nobody else's
   */
  read(
    taskIds: readonly string[],
    options?: { readonly consistent?: boolean },
  ): Promise<ReadonlyMap<string, StoredResult>>;

  /**
   * Stores a state, unless the task is finished or further on. In one atomic step it is stored when
   *
   * - there is no item, or
   * - the item is ours, of no later attempt than `fromAttempt` and no later generation, not final, and of no live lease
   *   but this write's own; a `take` moreover finds the epoch that was read, `keep` and `drop` their own lease, or
   * - the item is a death whose `dead` equals this write's `generation` (the letter was sent back), or
   * - the item is a Python worker's and its `timestamp` equals `over`.
   *
   * A write that is repeated, because its answer was lost, finds its own token and is `stored: true` as well.
   *
   * @throws OperationalError when it is not known whether the write took effect, or the document is too large
   */
  store(write: ResultWrite): Promise<WriteOutcome>;

  /**
   * Extends a lease or gives it back, and leaves the state beside it as it is: only for its owner, however long its end
   * is past. Repeating an extension is harmless.
   *
   * @throws OperationalError when it is not known whether it took effect
   */
  changeLease(change: LeaseChange): Promise<LeaseOutcome>;

  /**
   * Moves the time of these results on, never back; what has none, or is not there, is left. Repeating it is harmless.
   *
   * @param expiresAt Unix seconds
   * @throws OperationalError
   */
  prolong(taskIds: readonly string[], expiresAt: number): Promise<void>;

  /**
   * Deletes results; whoever asks from now on finds none. Answers with the `payload` of those whose documents lay
   * elsewhere, which are the caller's to delete.
   *
   * @throws OperationalError
   */
  forget(taskIds: readonly string[]): Promise<readonly string[]>;
}

/**
 * The right to run a task, held on its result item: while it lives, nobody but its owner stores a state of the task.
 *
 *     take ---- extend ---- extend ---- finish, RETRY: dropped with the state that is stored
 *          \--- (its process is lost) --- until is past --- taken over, epoch + 1 --- finish of the first: refused
 */
export interface Lease {
  /** Names one delivery in one invocation: no two runs have the same. */
  readonly owner: string;
  /** Which start of this attempt it is, 1 at first: of those before it nobody heard. */
  readonly epoch: number;
  /** From when on another may take it over, in milliseconds since the epoch; the clocks' skew is part of it. */
  readonly until: number;
}

/** What an item tells of the latest lease of its attempt. */
export interface LeaseRecord {
  /** undefined: nobody holds it, it was given back. */
  readonly owner: string | undefined;
  /** Starts of this attempt that are counted. */
  readonly epoch: number;
  /** 0 once it was given back. */
  readonly until: number;
  /** Its run ended and left no state that would tell: this attempt is not to start again. */
  readonly ended: boolean;
}

/** What a write of a state does with the item's lease. A write that says nothing drops a lease that does not live. */
export type LeaseWrite =
  /**
   * Takes a lease that does not live. `seenEpoch` is that of the record as last read, undefined where there was none:
   * somebody else's lease in between refuses the write.
   */
  | { readonly kind: 'take'; readonly lease: Lease; readonly seenEpoch: number | undefined }
  /** The owner stores a state in between: the record stays as it is, an extension in between included. */
  | { readonly kind: 'keep'; readonly lease: Lease }
  /** The owner stores how its run ended. */
  | { readonly kind: 'drop'; readonly owner: string };

/** A change of the lease alone, by its owner. */
export interface LeaseChange {
  readonly taskId: string;
  readonly owner: string;
  /** What the item tells from now on: a later end, or that nobody holds it. */
  readonly to: LeaseRecord;
  /** Unix seconds, the item's new `ttl`; undefined: it stays as it is. */
  readonly expiresAt: number | undefined;
}

/** What is sent once: a key, of one task. */
export interface UniqueKey {
  readonly task: string;
  readonly key: string;
}

/** Who wants to send, and for how long nobody else may. */
export interface UniqueClaim {
  readonly taskId: string;
  /** Unix seconds after which the key is free again. */
  readonly expiresAt: number;
}

/** `send`: under this id, which may be that of a caller who never finished. Else its task is there, or on its way. */
export interface ClaimOutcome {
  readonly taskId: string;
  readonly send: boolean;
}

/** So long a caller who claimed a key may take to send, in milliseconds; then the next one sends in its place. */
export const claimHeldMs = 30_000;

/**
 * Which task was sent for a key. A record past its `expiresAt` is absent.
 * All verbs may be repeated, and throw `OperationalError` when it is not known whether they took effect.
 */
export interface UniqueClaims {
  /** Claims the key, unless there is a record. */
  claim(key: UniqueKey, claim: UniqueClaim): Promise<ClaimOutcome>;

  /** The task of this id was sent. */
  markSent(key: UniqueKey, taskId: string): Promise<void>;

  /** It may have been sent or not: the next caller sends it, without waiting. */
  giveUp(key: UniqueKey, taskId: string): Promise<void>;
}

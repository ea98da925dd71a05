/** What is counted: one attempt of one task, in one life. */
export interface StartKey {
  readonly taskId: string;
  readonly attempt: number;
  readonly generation: number;
}

export interface StartMark {
  /** Names the invocation that starts the task; marking twice under one token counts once. */
  readonly token: string;
  /** When this invocation will certainly be over, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Never hold more marks than this. */
  readonly limit: number;
  /** Unix seconds after which the record may go. */
  readonly expiresAt: number;
}

export type MarkOutcome =
  /** The start is on record; `starts` counts this one too. */
  | { readonly kind: 'marked'; readonly starts: number }
  /** `limit` others are on record and no new mark was made; `until`: the latest of their deadlines. */
  | { readonly kind: 'exhausted'; readonly starts: number; readonly until: number }
  /** A start of this key ended well although no result tells so. */
  | { readonly kind: 'ended' };

/**
 * Starts that were not heard of since, for suspects alone: messages received more than once without a final state.
 * All steps are atomic, and throw `OperationalError` when it is not known whether they took effect.
 */
export interface StartMarks {
  mark(key: StartKey, mark: StartMark): Promise<MarkOutcome>;
  /** The process outlived the start: it was no crash. */
  unmark(key: StartKey, token: string): Promise<void>;
  /** The task ended and keeps no result that would tell. */
  end(key: StartKey, expiresAt: number): Promise<void>;
}

import type { ResultTuple, WireSignature } from '../protocol/index.ts';

/** A chord whose body is stored instead of sent with each part. */
export interface NativeChord {
  /** The id of the header's group. */
  readonly groupId: string;
  /** The header's results, in order: whose values the body gets. */
  readonly members: readonly ResultTuple[];
  readonly body: WireSignature;
}

/** Steps of a chain that are stored instead of sent with each message. */
export interface NativeSteps {
  readonly id: string;
  /** Reversed, as messages embed them. */
  readonly steps: readonly WireSignature[];
}

/** What a canvas has stored before its messages are sent. */
export type NativeRecord = {
  /** Unix seconds after which it may go. */
  readonly expiresAt: number;
} & (({ readonly kind: 'chord' } & NativeChord) | ({ readonly kind: 'steps' } & NativeSteps));

/** One part that ended. */
export interface NativePart {
  readonly groupId: string;
  /** Among the parts of the chord: 0 to size - 1. It is counted once, however often it is told. */
  readonly number: number;
  readonly size: number;
  /** Unix seconds until which the count is needed at least: its end is moved on, never back. */
  readonly expiresAt: number;
}

/** A range of stored steps. */
export interface StepRange {
  readonly id: string;
  /** The first, from 0. */
  readonly from: number;
  /** After the last. */
  readonly to: number;
}

/**
 * Canvas that only TypeScript workers run: what would travel with every message is stored once, and the parts of a chord
 * are counted by number, so that a part costs the same in a chord of ten and of ten thousand. Records past their time are
 * absent; nothing is deleted. All verbs throw `OperationalError`.
 */
export interface NativeCanvas {
  /** Stores records, over those that are there: whoever stores one again stores the same. @throws EncodeError */
  begin(records: readonly NativeRecord[]): Promise<void>;

  /**
   * Counts a part. Answers whether all parts of the chord are counted; once they are, every repeat of any of them hears it.
   * While the last ones are counted at once, the answer true comes to one of them at least, or to its repeat.
   */
  addPart(part: NativePart): Promise<boolean>;

  /** Read consistently. undefined: its time is over, or nobody stored it. @throws DecodeError */
  readChord(groupId: string): Promise<NativeChord | undefined>;

  /** Read consistently. undefined: some of them are not there. @throws DecodeError */
  readSteps(range: StepRange): Promise<readonly WireSignature[] | undefined>;

  /** Moves the end of a chord's record and count on, never back. Creates nothing. @param expiresAt Unix seconds */
  prolongChord(
    chord: { readonly groupId: string; readonly size: number },
    expiresAt: number,
  ): Promise<void>;

  /** Moves the end of the first `left` steps on, never back. Creates nothing. @param expiresAt Unix seconds */
  prolongSteps(
    steps: { readonly id: string; readonly left: number },
    expiresAt: number,
  ): Promise<void>;
}

import type { ChordSizes, ResultTuple } from '../protocol/index.ts';

/** A chord whose header is about to be sent. */
export interface NewChord {
  /** The id of the header's group: the chord's records stand under it. */
  readonly groupId: string;
  /** The header's results, in order: whose values the body gets. */
  readonly members: readonly ResultTuple[];
  /** Unix seconds after which its records may go. */
  readonly expiresAt: number;
}

/** One part that ended. */
export interface ChordPart {
  readonly groupId: string;
  /** Of the part: it is counted once, however often it is told. */
  readonly taskId: string;
  /** How large the chord is, for the counter to tell from now on; undefined: as the counter tells. */
  readonly sizes: ChordSizes | undefined;
  /** false: the part that would complete the count is not counted. */
  readonly mayFill: boolean;
  /**
   * Unix seconds until which the records are needed at least: they are moved on, never back. Those that Python made
   * without an end get this one.
   */
  readonly expiresAt: number;
}

export type CountOutcome =
  /** There is no counter: Python joined the chord and deleted it, or its time is over. Nothing was created. */
  | { readonly kind: 'gone' }
  /** Not counted: nobody has told the counter the chord's sizes, or it has grown since. The saved group tells them. */
  | { readonly kind: 'untold' }
  /** Not counted: this part would complete the count, and may not. */
  | { readonly kind: 'wouldFill'; readonly sizes: ChordSizes }
  /** Counted, now or before. */
  | {
      readonly kind: 'counted';
      readonly count: number;
      readonly sizes: ChordSizes;
      /** This part is the one that completed the count, now or before; never so if it was Python who counted it full. */
      readonly completedIt: boolean;
      /** Somebody has published the body. */
      readonly joined: boolean;
    };

/** A chord's records, as read consistently. */
export interface ChordRecord {
  readonly count: number;
  readonly joined: boolean;
  /** undefined: the saved group is gone: Python has joined. */
  readonly members: readonly ResultTuple[] | undefined;
  /** Unix seconds until which the records are kept, at least; undefined: Python made them, without an end. */
  readonly expiresAt: number | undefined;
}

/** Who wants to publish the body. */
export interface JoinClaim {
  readonly groupId: string;
  /** The task id of the part, or a check's own. The same claimer claims again, harmlessly. */
  readonly claimer: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** A claim of another, made so many milliseconds ago and not done, is taken over; undefined: never. */
  readonly takeOverAfterMs: number | undefined;
}

/** `held`: another is about to publish it. `over`: it is published, or its records are gone. */
export type ClaimVerdict = 'mine' | 'held' | 'over';

/**
 * Chords that Python workers may share: Celery's counter item and its saved group, which Python counts blindly and
 * deletes when it has joined. Our parts are remembered beside the count by task id. Records past their time are absent;
 * none is created but by `create`, none is deleted by us. All verbs throw `OperationalError`.
 *
 * @see celery.backends.dynamodb.DynamoDBBackend._apply_chord_incr
 */
export interface Chords {
  /**
   * Makes counter and saved group, in this order, each unless it is there already. May be repeated; beside a counter
   * that has counted no group is made, for then it was there, and Python has joined. Whoever repeats it after parts
   * have been sent looks first whether one has ended: when both records are gone, nothing here tells that from none yet.
   *
   * @throws EncodeError for members that are none
   */
  create(chord: NewChord): Promise<void>;

  /**
   * In one atomic step: remembers the part and counts it, unless it is remembered. Without sizes, by those that the
   * counter tells: a part of ours need not read the saved group, however many members that has.
   */
  count(part: ChordPart): Promise<CountOutcome>;

  /**
   * Adds a member at the end of the saved group, unless it is one already: all who take the chord's size from there, Python
   * too, wait for it, and the counter tells no size any more. For a part that has not ended: until it is counted, the
   * chord cannot be complete. Creates nothing.
   *
   * @returns `over`: the body is published, or the records are gone.
   * @throws DecodeError for a saved group that is none
   */
  add(groupId: string, member: ResultTuple): Promise<'added' | 'over'>;

  /** undefined: there is no counter. @throws DecodeError for a saved group that is none */
  read(groupId: string): Promise<ChordRecord | undefined>;

  /** One claimer at a time: the first, until it is published or the claim is taken over. */
  claimJoin(claim: JoinClaim): Promise<ClaimVerdict>;

  /** The body is published, or failed: whoever comes later leaves it. Creates nothing. */
  markJoined(groupId: string): Promise<void>;

  /** Moves the time of both records on, never back, and ends endless ones. Creates nothing. @param expiresAt Unix seconds */
  prolong(groupId: string, expiresAt: number): Promise<void>;
}

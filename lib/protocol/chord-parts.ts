import { createHash } from 'node:crypto';
import { leafIds, type ResultTuple } from './result-tuple.ts';

/** How large a chord is, to us and to Python. */
export interface ChordSizes {
  /** How many parts it has. */
  readonly size: number;
  /**
   * From which count on nobody may be left to complete it: how many members its saved group has, for at that count a
   * Python worker joins, and past it leaves the chord alone. It takes a group in the header, at the end of a chain there,
   * for one part. 1 where a part is listed twice: we count it once, Python workers as often as they run it.
   */
  readonly listed: number;
}

/** Of the members of a saved group. */
export function chordSizes(members: readonly ResultTuple[]): ChordSizes {
  const ids = leafIds(members);
  const isListedTwice = new Set(ids).size < ids.length;
  return { size: ids.length, listed: isListedTwice ? 1 : members.length };
}

/** Bytes of a task id's digest: with 5,000 parts in a chord, two share one once in 10^14 chords. */
const digestBytes = 9;

/**
 * Name of the attribute by which a chord's counter remembers a counted part. Of one length, whatever the task id: it is
 * paid for again with each part that follows. No attribute of Celery's or ours begins so.
 */
export function partAttribute(taskId: string): string {
  const digest = createHash('sha256').update(taskId).digest().subarray(0, digestBytes);
  return `@${digest.toString('base64url')}`;
}

/** DynamoDB's 400 KiB an item, less keys, the group's own id and parent, and our attributes. */
const largestGroupBytes = 406_000;

/** What one part adds to the counter: its attribute's name, and a number. */
const partBytes = 16;

/** Up to here the counter is allowed to grow. */
const largestCounterBytes = 80_000;

/** A single task with a UUID: `[["<id>",null],null],`. */
const plainMemberBytes = 53;

/**
 * How many parts a chord may have that Python workers share.
 *
 * Two things end it. The saved group is one item, with all members: 7,600 of single tasks, fewer where a member brings
 * its parents. And a write of the counter costs a unit for each KiB it has, 16 bytes a part counted so far: about
 * n²/128 units a chord, 8 a part on average in one of 1,000, 39 in one of 5,000, where DynamoDB takes 1,000 a second.
 *
 * @param memberBytes What a member takes in the saved group's document, on average. Default: a single task's.
 */
export function maxChordSize(memberBytes: number = plainMemberBytes): number {
  return Math.min(
    Math.floor(largestCounterBytes / partBytes),
    Math.floor(largestGroupBytes / memberBytes),
  );
}

import type { ResultTuple } from '../protocol/index.ts';
import { type ChordRecords, newCounter } from './memory-chords.ts';

/** What Python workers and producers do to the records of chords: unguarded, as theirs is. @see celery.backends.dynamodb */
export class PythonChords {
  readonly #records: ChordRecords;

  constructor(records: ChordRecords) {
    this.#records = records;
  }

  /** Puts counter and saved group, over what is there. @param expiresAt Of the group, in Unix seconds. Default: never */
  async create(
    groupId: string,
    members: readonly ResultTuple[],
    expiresAt: number = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    this.#records.counters.set(groupId, newCounter(), Number.POSITIVE_INFINITY);
    this.#records.groups.set(groupId, { groupId, members, parent: null }, expiresAt);
  }

  /** Counts blindly: whoever it is, and however often. undefined: there is no counter, which is an error to Python. */
  async count(groupId: string): Promise<number | undefined> {
    const counter = this.#records.counters.get(groupId);
    if (!counter) return undefined;
    counter.count += 1;
    return counter.count;
  }

  /** After its join: the saved group, then the counter. */
  async deleteGroup(groupId: string): Promise<void> {
    this.#records.groups.delete(groupId);
  }

  async deleteCounter(groupId: string): Promise<void> {
    this.#records.counters.delete(groupId);
  }
}

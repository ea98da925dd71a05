import type { Clock, MarkOutcome, StartKey, StartMark, StartMarks } from '../ports/index.ts';

/** The starts of one `StartKey`, as they lie in the engine. */
export interface StartRecord {
  /** Token -> its deadline. */
  readonly deadlines: Map<string, number>;
  ended: boolean;
  /** Unix seconds. */
  expiresAt: number;
}

/** Start marks of the in-process engine. */
export class MemoryStartMarks implements StartMarks {
  readonly #records: Map<string, StartRecord>;
  readonly #clock: Clock;

  /** Several may share `records`, as several processes share a table. */
  constructor(records: Map<string, StartRecord>, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  async mark(
    key: StartKey,
    { token, deadline, limit, expiresAt }: StartMark,
  ): Promise<MarkOutcome> {
    const record = this.#liveOrNew(key, expiresAt);
    if (record.ended) return { kind: 'ended' };
    const { deadlines } = record;
    if (deadlines.size >= limit && !deadlines.has(token)) {
      return { kind: 'exhausted', starts: deadlines.size, until: Math.max(...deadlines.values()) };
    }
    deadlines.set(token, deadline);
    record.expiresAt = expiresAt;
    return { kind: 'marked', starts: deadlines.size };
  }

  async unmark(key: StartKey, token: string): Promise<void> {
    this.#live(key)?.deadlines.delete(token);
  }

  async end(key: StartKey, expiresAt: number): Promise<void> {
    const record = this.#liveOrNew(key, expiresAt);
    record.ended = true;
    record.expiresAt = expiresAt;
  }

  #liveOrNew(key: StartKey, expiresAt: number): StartRecord {
    const live = this.#live(key);
    if (live) return live;
    const record = { deadlines: new Map<string, number>(), ended: false, expiresAt };
    this.#records.set(nameOf(key), record);
    return record;
  }

  #live(key: StartKey): StartRecord | undefined {
    const record = this.#records.get(nameOf(key));
    return record && record.expiresAt >= this.#clock.now() / 1000 ? record : undefined;
  }
}

function nameOf({ taskId, attempt, generation }: StartKey): string {
  return JSON.stringify([taskId, attempt, generation]);
}

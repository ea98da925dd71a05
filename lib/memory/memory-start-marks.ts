import type { MarkOutcome, StartKey, StartMark, StartMarks } from '../ports/index.ts';
import type { ExpiringMap } from './expiring-map.ts';

/** The starts of one `StartKey`, as they lie in the engine. */
export interface StartRecord {
  /** Token -> its deadline. */
  readonly deadlines: Map<string, number>;
  readonly ended: boolean;
}

/** Start marks of the in-process engine. */
export class MemoryStartMarks implements StartMarks {
  readonly #records: ExpiringMap<StartRecord>;

  /** Several may share `records`, as several processes share a table. */
  constructor(records: ExpiringMap<StartRecord>) {
    this.#records = records;
  }

  async mark(
    key: StartKey,
    { token, deadline, limit, expiresAt }: StartMark,
  ): Promise<MarkOutcome> {
    const record = this.#record(key);
    if (record.ended) return { kind: 'ended' };
    const { deadlines } = record;
    if (deadlines.size >= limit && !deadlines.has(token)) {
      return { kind: 'exhausted', starts: deadlines.size, until: Math.max(...deadlines.values()) };
    }
    deadlines.set(token, deadline);
    this.#records.set(nameOf(key), record, expiresAt);
    return { kind: 'marked', starts: deadlines.size };
  }

  async unmark(key: StartKey, token: string): Promise<void> {
    this.#record(key).deadlines.delete(token);
  }

  async end(key: StartKey, expiresAt: number): Promise<void> {
    this.#records.set(nameOf(key), { ...this.#record(key), ended: true }, expiresAt);
  }

  #record(key: StartKey): StartRecord {
    return this.#records.get(nameOf(key)) ?? { deadlines: new Map(), ended: false };
  }
}

function nameOf({ taskId, attempt, generation }: StartKey): string {
  return JSON.stringify([taskId, attempt, generation]);
}

import {
  type ClaimOutcome,
  type Clock,
  claimHeldMs,
  type UniqueClaim,
  type UniqueClaims,
  type UniqueKey,
} from '../ports/index.ts';
import type { ExpiringMap } from './expiring-map.ts';

/** A claim as it lies in the engine. */
export interface ClaimRecord {
  readonly taskId: string;
  sent: boolean;
  /** Until then its caller may send, in milliseconds since the epoch. */
  heldUntil: number;
}

/** Unique claims of the in-process engine. */
export class MemoryUniqueClaims implements UniqueClaims {
  readonly #records: ExpiringMap<ClaimRecord>;
  readonly #clock: Clock;

  /** Several may share `records`, as several processes share a table. */
  constructor(records: ExpiringMap<ClaimRecord>, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  async claim(key: UniqueKey, { taskId, expiresAt }: UniqueClaim): Promise<ClaimOutcome> {
    const now = this.#clock.now();
    const record = this.#records.get(nameOf(key));
    if (record) {
      const mayTakeOver = record.taskId === taskId || record.heldUntil <= now;
      return { taskId: record.taskId, send: !record.sent && mayTakeOver };
    }
    this.#records.set(
      nameOf(key),
      { taskId, sent: false, heldUntil: now + claimHeldMs },
      expiresAt,
    );
    return { taskId, send: true };
  }

  async markSent(key: UniqueKey, taskId: string): Promise<void> {
    const record = this.#records.get(nameOf(key));
    if (record?.taskId === taskId) record.sent = true;
  }

  async giveUp(key: UniqueKey, taskId: string): Promise<void> {
    const record = this.#records.get(nameOf(key));
    if (record?.taskId === taskId) record.heldUntil = 0;
  }
}

function nameOf({ task, key }: UniqueKey): string {
  return JSON.stringify([task, key]);
}

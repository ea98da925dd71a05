import {
  type ClaimOutcome,
  type Clock,
  claimHeldMs,
  type UniqueClaim,
  type UniqueClaims,
  type UniqueKey,
} from '../ports/index.ts';

/** A claim as it lies in the engine. */
export interface ClaimRecord extends UniqueClaim {
  sent: boolean;
  /** Until then its caller may send, in milliseconds since the epoch. */
  heldUntil: number;
}

/** Unique claims of the in-process engine. */
export class MemoryUniqueClaims implements UniqueClaims {
  readonly #records: Map<string, ClaimRecord>;
  readonly #clock: Clock;

  /** Several may share `records`, as several processes share a table. */
  constructor(records: Map<string, ClaimRecord>, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  async claim(key: UniqueKey, claim: UniqueClaim): Promise<ClaimOutcome> {
    const now = this.#clock.now();
    const record = this.#records.get(nameOf(key));
    if (record && record.expiresAt >= now / 1000) {
      const { taskId, sent, heldUntil } = record;
      return { taskId, send: !sent && (taskId === claim.taskId || heldUntil <= now) };
    }
    this.#records.set(nameOf(key), { ...claim, sent: false, heldUntil: now + claimHeldMs });
    return { taskId: claim.taskId, send: true };
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

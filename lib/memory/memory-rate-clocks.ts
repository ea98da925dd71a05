import {
  type Clock,
  firstWindow,
  type RateChange,
  type RateClockKey,
  type RateClocks,
  rateClockKeptSeconds,
  type SlotRequest,
  slotSpan,
  slotsFrom,
} from '../ports/index.ts';
import type { RateSlot } from '../protocol/index.ts';
import type { ExpiringMap } from './expiring-map.ts';

/** What the engine keeps of rates. */
export interface RateRecords {
  /** By task and key: the next free slot, in microseconds since the epoch. */
  readonly clocks: ExpiringMap<{ readonly next: number; readonly version: number }>;
  /** By task; for good. */
  readonly changes: Map<string, RateChange>;
}

/** Rate clocks of the in-process engine. */
export class MemoryRateClocks implements RateClocks {
  readonly #records: RateRecords;
  readonly #clock: Clock;

  /** Several may share `records`, as several processes share a table. */
  constructor(records: RateRecords, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  async take(
    { task, key }: RateClockKey,
    request: SlotRequest,
  ): Promise<readonly RateSlot[] | undefined> {
    const name = JSON.stringify([task, key]);
    const clock = this.#records.clocks.get(name);
    const { version, window } = request;
    if (clock && clock.version > version) return undefined;
    const changed = clock !== undefined && clock.version < version;
    const earliest = firstWindow(this.#clock.now(), window, changed);
    const first = clock && !changed ? Math.max(clock.next, earliest) : earliest;
    const expiresAt = this.#clock.now() / 1000 + rateClockKeptSeconds;
    this.#records.clocks.set(name, { next: first + slotSpan(request), version }, expiresAt);
    return slotsFrom(first, request);
  }

  async change(task: string): Promise<RateChange | undefined> {
    return this.#records.changes.get(task);
  }

  async setChange(task: string, change: RateChange): Promise<void> {
    const current = this.#records.changes.get(task);
    if (!current || current.version < change.version) this.#records.changes.set(task, change);
  }
}

import type { Clock } from '../ports/index.ts';

interface Entry<V> {
  readonly value: V;
  /** Unix seconds. */
  readonly expiresAt: number;
}

/** Records that are absent once their time is over, as DynamoDB's items are to those who look at their ttl. */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is there and has not expired. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt >= this.#clock.now() / 1000) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** @param expiresAt Unix seconds after which it is absent; Infinity: never. */
  set(key: string, value: V, expiresAt: number): void {
    this.#entries.set(key, { value, expiresAt });
  }

  /** Moves the end of what is there on, never back; what had none gets this one. @param expiresAt Unix seconds */
  prolong(key: string, expiresAt: number): void {
    const value = this.get(key);
    const current = this.#entries.get(key)?.expiresAt ?? Number.POSITIVE_INFINITY;
    if (value === undefined || (Number.isFinite(current) && current >= expiresAt)) return;
    this.set(key, value, expiresAt);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

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

  /** Puts another value in the place of one, whose end it has. What is not there is left. */
  replace(key: string, value: V): void {
    if (this.get(key) === undefined) return;
    this.set(key, value, this.#entries.get(key)?.expiresAt ?? Number.POSITIVE_INFINITY);
  }

  /** Unix seconds after which what is there will be absent; undefined: never, or it is not there. */
  expiresAt(key: string): number | undefined {
    const expiresAt = this.get(key) === undefined ? undefined : this.#entries.get(key)?.expiresAt;
    return Number.isFinite(expiresAt) ? expiresAt : undefined;
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

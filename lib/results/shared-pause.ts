import type { Clock } from '../ports/index.ts';

/** Pauses that end together, so that those who wait for results read them together. */
export class SharedPause {
  readonly #clock: Clock;
  readonly #slots = new Map<number, Slot>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves `delayMs` from now or up to a quarter later, together with others.
   *
   * @throws the signal's reason, as soon as it is aborted
   */
  async pause(delayMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const grain = grainOf(delayMs);
    const endsAt = Math.ceil((this.#clock.now() + delayMs) / grain) * grain;
    await new Promise<void>((resolve, reject) => {
      const slot = this.#slots.get(endsAt) ?? this.#open(endsAt);
      const leave = () => {
        this.#leave(slot, wake);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      slot.sleepers.add(wake);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  #open(endsAt: number): Slot {
    const sleepers = new Set<() => void>();
    const cancel = this.#clock.setTimer(endsAt - this.#clock.now(), () => {
      this.#slots.delete(endsAt);
      for (const wake of sleepers) wake();
    });
    const slot = { endsAt, sleepers, cancel };
    this.#slots.set(endsAt, slot);
    return slot;
  }

  #leave(slot: Slot, wake: () => void): void {
    slot.sleepers.delete(wake);
    if (slot.sleepers.size > 0) return;
    this.#slots.delete(slot.endsAt);
    slot.cancel();
  }
}

/** A power of two of milliseconds, at most a quarter of the delay: pauses of different lengths meet too. */
function grainOf(delayMs: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(delayMs / 4)));
}

interface Slot {
  readonly endsAt: number;
  readonly sleepers: Set<() => void>;
  readonly cancel: () => void;
}

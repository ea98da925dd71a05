import type { Clock, Random, TimerOptions } from '../ports/index.ts';

/** The time and chance that an application goes by, which a test may replace after it was written. */
export interface TimeAndChance {
  readonly clock: Clock;
  readonly random: Random;
}

/** A clock and a source of randomness that pass every call on to the current ones. */
export class SwitchablePorts implements TimeAndChance {
  readonly clock: Clock;
  readonly random: Random;
  #current: TimeAndChance;

  constructor(first: TimeAndChance) {
    this.#current = first;
    this.clock = {
      now: () => this.#current.clock.now(),
      setTimer: (delayMs: number, run: () => void, options?: TimerOptions) =>
        this.#current.clock.setTimer(delayMs, run, options),
    };
    this.random = {
      uuid: () => this.#current.random.uuid(),
      number: () => this.#current.random.number(),
    };
  }

  /** Goes by these from now on. */
  use(next: Partial<TimeAndChance>): void {
    this.#current = { ...this.#current, ...next };
  }
}

import type { Clock, TimerOptions } from '../ports/index.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
  readonly awaited: boolean;
}

/** A clock that stands still until it is told to go on, so that a test of years takes milliseconds. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  /** @param start milliseconds since the epoch. @default now, in whole seconds */
  constructor(start: number = Math.floor(Date.now() / 1000) * 1000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  setTimer(delayMs: number, run: () => void, { awaited = false }: TimerOptions = {}): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), run, awaited };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Somebody does nothing but wait for it to go on. */
  get isAwaited(): boolean {
    for (const { awaited } of this.#timers) if (awaited) return true;
    return false;
  }

  /** When the next timer is due, in milliseconds since the epoch. */
  nextTimer(): number | undefined {
    return this.#earliest()?.at;
  }

  /** Moves time to `to`, firing what is due on the way in order. Each may set further timers. */
  async advanceTo(to: number): Promise<void> {
    for (let due = this.#earliest(); due && due.at <= to; due = this.#earliest()) {
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
      await settleTurn();
    }
    this.#now = Math.max(this.#now, to);
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) if (!earliest || timer.at < earliest.at) earliest = timer;
    return earliest;
  }
}

/** Lets everything that a timer set off run as far as it can. */
export function settleTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

import type { ManualClock, SeededRandom } from '../../lib/testing/index.ts';

/** One Lambda invocation: what a crash takes with it. */
export class Process {
  readonly name: string;
  dead = false;
  readonly #clock: ManualClock;
  readonly #random: SeededRandom;
  readonly #mourners: (() => void)[] = [];

  constructor(name: string, clock: ManualClock, random: SeededRandom) {
    this.name = name;
    this.#clock = clock;
    this.#random = random;
  }

  now(): number {
    return this.#clock.now();
  }

  kill(): void {
    if (this.dead) return;
    this.dead = true;
    for (const mourn of this.#mourners) mourn();
  }

  onDeath(mourn: () => void): void {
    this.#mourners.push(mourn);
  }

  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#clock.setTimer(ms, resolve);
    });
  }

  /** Most requests are answered within a moment, some take a second or two. */
  async latency(): Promise<void> {
    if (this.#random.number() < 0.2) await this.sleep(Math.floor(this.#random.number() * 2000));
  }
}

/** Counts what is in hand, up to a limit, and tells when there is room. */
export class InHand {
  readonly #limit: number;
  #held = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How much more may be taken; never below 0. */
  get free(): number {
    return Math.max(0, this.#limit - this.#held);
  }

  /** Resolves as soon as there is room for one. */
  async room(): Promise<void> {
    while (this.free === 0) await this.#change();
  }

  /** Resolves as soon as nothing is held. */
  async empty(): Promise<void> {
    while (this.#held > 0) await this.#change();
  }

  /** Takes one, room or not: the caller has looked. */
  take(): void {
    this.#held++;
  }

  /** Takes so many as soon as there is room for them, or nothing is held. @param count Default: one */
  async takeWhenFree(count = 1): Promise<void> {
    while (this.free < Math.min(count, this.#limit)) await this.#change();
    this.#held += count;
  }

  /** Takes as many as there is room for, one at least, when there is. Answers how many. */
  async takeSome(most: number): Promise<number> {
    while (this.free === 0) await this.#change();
    const count = Math.min(most, this.free);
    this.#held += count;
    return count;
  }

  release(): void {
    this.#held--;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** A guarantee that did not hold. */
export class Violation extends Error {
  /** What was broken, whoever it hit: shortened runs are to break the same. */
  get kind(): string {
    return this.message.replaceAll(/\d+/g, '#');
  }
}

/** What happened in a run, and the first guarantee that it broke. */
export class History {
  readonly lines: string[] = [];
  violation: Violation | undefined;
  readonly #seconds: () => number;

  constructor(seconds: () => number) {
    this.#seconds = seconds;
  }

  note(what: string): void {
    this.lines.push(`${this.#seconds().toFixed(3).padStart(12)} ${what}`);
  }

  /** A guarantee is broken. */
  fail(what: string): void {
    this.note(`BROKEN: ${what}`);
    this.violation ??= new Violation(what);
  }
}

import type { Clock, Delivery } from '../../lib/ports/index.ts';
import { readDeadGeneration } from '../../lib/protocol/index.ts';
import type { ManualClock, SeededRandom } from '../../lib/testing/index.ts';
import type { Fault } from './faults.ts';
import type { Scenario } from './scenario.ts';

/** Where a process lives. */
interface Surroundings {
  readonly clock: ManualClock;
  readonly random: SeededRandom;
  readonly scenario: Pick<Scenario, 'trouble'>;
}

/** A Lambda invocation, or one call of a producer: what a crash takes with it. */
export class Process {
  readonly name: string;
  readonly deliveries: readonly Delivery[];
  /** How long it may be there, in milliseconds. */
  readonly lifeMs: number;
  /** In milliseconds since the epoch. */
  readonly deadline: number;
  readonly ids: ReadonlySet<string>;
  dead = false;
  /** What went wrong with its requests. */
  readonly faults: { readonly fault: Fault; readonly request: string }[] = [];
  /** Starts that it marked and did not take back, by `lifeKey`. */
  readonly marked = new Set<string>();
  /** Starts of suspects that it marked, whatever became of the marks, by `lifeKey`. */
  readonly suspected = new Set<string>();
  /** Starts of handlers, by `lifeKey`. */
  readonly started = new Set<string>();
  /** How long it has stood still, in milliseconds. */
  stoodStillMs = 0;
  /** Starts that ran for as long as it had time, by `lifeKey`. */
  readonly overran = new Set<string>();
  readonly #clock: ManualClock;
  readonly #random: SeededRandom;
  readonly #slow: number;
  readonly #mourners: (() => void)[] = [];
  #stillUntil = 0;
  #onFault: (fault: Fault, request: string) => void = () => {};
  #onSettle: (settled: readonly Delivery[]) => void = () => {};

  constructor(
    name: string,
    around: Surroundings,
    {
      deliveries = [],
      lifeMs = Number.POSITIVE_INFINITY,
    }: { deliveries?: readonly Delivery[]; lifeMs?: number } = {},
  ) {
    this.name = name;
    this.#clock = around.clock;
    this.#random = around.random;
    this.#slow = around.scenario.trouble.slow;
    this.deliveries = deliveries;
    this.lifeMs = lifeMs;
    this.deadline = around.clock.now() + lifeMs;
    this.ids = new Set(deliveries.flatMap(({ body }) => idsIn(body)));
  }

  now(): number {
    return this.#clock.now();
  }

  /** The time as what runs in it knows it: once it is dead nothing goes off any more. */
  get ownClock(): Clock {
    const clock = this.#clock;
    return {
      now: () => clock.now(),
      setTimer: (ms, run) => clock.setTimer(ms, () => (this.dead ? undefined : run())),
    };
  }

  kill(): void {
    if (this.dead) return;
    this.dead = true;
    for (const mourn of this.#mourners) mourn();
  }

  onDeath(mourn: () => void): void {
    this.#mourners.push(mourn);
  }

  suffer(fault: Fault, request: string): void {
    this.faults.push({ fault, request });
    this.#onFault(fault, request);
  }

  onFault(listener: (fault: Fault, request: string) => void): void {
    this.#onFault = listener;
  }

  /** Its work is done, and these of its deliveries need not come again. */
  settle(settled: readonly Delivery[]): void {
    this.#onSettle(settled);
  }

  onSettle(listener: (settled: readonly Delivery[]) => void): void {
    this.#onSettle = listener;
  }

  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#clock.setTimer(ms, resolve);
    });
  }

  /** Nothing of it goes on for so long, as if its machine were paused. */
  async standStill(ms: number): Promise<void> {
    this.stoodStillMs += ms;
    this.#stillUntil = Math.max(this.#stillUntil, this.#clock.now() + ms);
    await this.#moveOn();
  }

  async #moveOn(): Promise<void> {
    while (this.now() < this.#stillUntil) await this.sleep(this.#stillUntil - this.now());
  }

  /** Most requests are answered within a moment, some take a second or two. */
  async latency(): Promise<void> {
    if (this.now() < this.#stillUntil) await this.#moveOn();
    if (this.#random.number() < this.#slow)
      await this.sleep(Math.floor(this.#random.number() * 2000));
  }

  /** Every delivery of the task had been received before. */
  hasReceivedAgain(id: string): boolean {
    const own = this.deliveries.filter(({ body }) => idsIn(body).includes(id));
    return own.every(({ receiveCount }) => receiveCount > 1);
  }

  /** A letter of the task is among its deliveries. */
  isOfLetter(id: string): boolean {
    return Math.max(...this.generationsOf(id)) > 0;
  }

  /** In which lives of the task its deliveries are. */
  generationsOf(id: string): ReadonlySet<number> {
    const own = this.deliveries.filter(({ body }) => idsIn(body).includes(id));
    return new Set(own.map(({ body }) => readDeadGeneration(body)));
  }
}

/** One attempt in one life of a task. */
export function lifeKey(id: string, attempt: number, generation: number): string {
  return `${id} attempt ${attempt} generation ${generation}`;
}

/** The tasks that a message is about, a control message among them. */
export function idsIn(body: string): string[] {
  const text = body.startsWith('{') ? body : Buffer.from(body, 'base64').toString();
  const id = /"id": ?"(t\d+)"/.exec(text)?.[1];
  return id === undefined ? [...text.matchAll(/\bt\d+\b/g)].map(([one]) => one) : [id];
}

import type { Delivery } from '../../lib/ports/index.ts';
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
  /** In milliseconds since the epoch. */
  readonly deadline: number;
  readonly ids: ReadonlySet<string>;
  dead = false;
  /** What went wrong with its requests. */
  readonly faults: { readonly fault: Fault; readonly request: string }[] = [];
  /** Starts that it marked and did not take back, by `lifeKey`. */
  readonly marked = new Set<string>();
  /** Starts that ran for as long as it had time, by `lifeKey`. */
  readonly overran = new Set<string>();
  readonly #clock: ManualClock;
  readonly #random: SeededRandom;
  readonly #slow: number;
  readonly #mourners: (() => void)[] = [];
  #onFault: (fault: Fault, request: string) => void = () => {};

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
    this.deadline = around.clock.now() + lifeMs;
    this.ids = new Set(deliveries.flatMap(({ body }) => idsIn(body)));
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

  suffer(fault: Fault, request: string): void {
    this.faults.push({ fault, request });
    this.#onFault(fault, request);
  }

  onFault(listener: (fault: Fault, request: string) => void): void {
    this.#onFault = listener;
  }

  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#clock.setTimer(ms, resolve);
    });
  }

  /** Most requests are answered within a moment, some take a second or two. */
  async latency(): Promise<void> {
    if (this.#random.number() < this.#slow)
      await this.sleep(Math.floor(this.#random.number() * 2000));
  }

  /** Every delivery of the task had been received before. */
  hasReceivedAgain(id: string): boolean {
    const own = this.deliveries.filter(({ body }) => idsIn(body).includes(id));
    return own.every(({ receiveCount }) => receiveCount > 1);
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

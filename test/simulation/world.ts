import { MemoryEngine } from '../../lib/memory/index.ts';
import type { Adapters } from '../../lib/ports/index.ts';
import { schedulePrefix } from '../../lib/protocol/schedule-name.ts';
import { ManualClock, SeededRandom } from '../../lib/testing/index.ts';
import { adaptersOf, FaultPlan } from './faults.ts';
import { Guarantees } from './guarantees.ts';
import { History } from './history.ts';
import { idsIn, Process } from './process.ts';
import { between, pick, type Scenario } from './scenario.ts';
import { watched } from './watched.ts';

export const timeoutMs = 30_000;
export const maxAttempts = 3;
const visibilitySeconds = 180;
const faultsForMs = 20 * 60_000;
const epoch = Date.UTC(2026, 0, 1);

/** What a run takes place in: the engine, virtual time, and all that is seen of it. */
export class World {
  readonly scenario: Scenario;
  readonly clock = new ManualClock(epoch);
  /** Decides the order of things. */
  readonly random: SeededRandom;
  readonly history: History;
  readonly guarantees: Guarantees;
  readonly engine: MemoryEngine;
  readonly faultsUntil: number = epoch + faultsForMs;
  readonly #plan: FaultPlan;
  #processes = 0;

  constructor(scenario: Scenario, seed: number) {
    this.scenario = scenario;
    this.random = new SeededRandom(seed);
    this.history = new History(() => this.seconds());
    this.guarantees = new Guarantees(scenario.work, this.history, maxAttempts);
    this.guarantees.rates.changed(scenario.rate, 0);
    this.#plan = new FaultPlan(this.random, scenario.trouble, this.faultsUntil);
    this.engine = new MemoryEngine({
      clock: this.clock,
      random: new SeededRandom(seed + 1),
      queues: { celery: { visibilityTimeoutSeconds: visibilitySeconds, maxReceiveCount: 100 } },
      scheduleFaults: this.#scheduleFaults(),
    });
  }

  /** Since the beginning. */
  seconds(): number {
    return (this.clock.now() - epoch) / 1000;
  }

  at(seconds: number, act: () => void): void {
    this.clock.setTimer(epoch + seconds * 1000 - this.clock.now(), act);
  }

  /** The tasks that a message is about. */
  namesIn(body: string): readonly string[] {
    return idsIn(body);
  }

  aProcess(kind: string, options: ConstructorParameters<typeof Process>[2] = {}): Process {
    const process = new Process(`${kind}${++this.#processes}`, this, options);
    process.onFault((fault, request) => {
      this.history.note(`${process.name}: ${fault} ${request}`);
      this.guarantees.disturb(process.ids);
    });
    process.onSettle((settled) => this.guarantees.settled(process, settled));
    process.onDeath(() => {
      this.history.note(`${process.name} died`);
      this.guarantees.disturb(process.ids);
    });
    return process;
  }

  /** The engine as this process reaches it. */
  adaptersFor(process: Process): Adapters {
    return adaptersOf(watched(this, process), process, this.#plan);
  }

  #scheduleFaults() {
    const ids = new Map(this.scenario.work.map(({ id }) => [schedulePrefix(id), id]));
    return (name: string) => {
      if (!this.scenario.trouble.schedules || this.random.number() < 0.5) return {};
      const id = ids.get(name.slice(0, name.indexOf('-') + 1));
      const times = pick(this.random, [1, 1, 2]);
      if (id !== undefined && times > 1) this.guarantees.disturb([id], 'copy');
      return {
        times,
        lateSeconds: between(this.random, 0, 60),
        keptSeconds: pick(this.random, [0, 30, 600]),
      };
    };
  }
}

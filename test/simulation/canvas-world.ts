import { MemoryEngine } from '../../lib/memory/index.ts';
import type { Adapters } from '../../lib/ports/index.ts';
import { ManualClock, SeededRandom } from '../../lib/testing/index.ts';
import { CanvasLedger } from './canvas-ledger.ts';
import { readMessage } from './canvas-messages.ts';
import type { CanvasScenario } from './canvas-scenario.ts';
import { watchedCanvas } from './canvas-watched.ts';
import { adaptersOf, FaultPlan } from './faults.ts';
import { History } from './history.ts';
import { Process } from './process.ts';
import { between, pick } from './scenario.ts';

const visibilitySeconds = 180;
const faultsForMs = 20 * 60_000;
const epoch = Date.UTC(2026, 0, 1);

/** What a run takes place in: the engine, virtual time, and all that is seen of it. */
export class CanvasWorld {
  readonly scenario: CanvasScenario;
  readonly clock: ManualClock = new ManualClock(epoch);
  /** Decides the order of things. */
  readonly random: SeededRandom;
  readonly history: History;
  readonly ledger: CanvasLedger;
  readonly engine: MemoryEngine;
  readonly faultsUntil: number = epoch + faultsForMs;
  readonly #plan: FaultPlan;
  #processes = 0;

  constructor(scenario: CanvasScenario, seed: number) {
    this.scenario = scenario;
    this.random = new SeededRandom(seed);
    this.history = new History(() => (this.clock.now() - epoch) / 1000);
    this.ledger = new CanvasLedger(this.history, scenario.manner === 'careful');
    this.#plan = new FaultPlan(this.random, scenario.trouble, this.faultsUntil);
    this.engine = new MemoryEngine({
      clock: this.clock,
      random: new SeededRandom(seed + 1),
      queues: { celery: { visibilityTimeoutSeconds: visibilitySeconds, maxReceiveCount: 100 } },
      scheduleFaults: () => this.#scheduleFaults(),
    });
  }

  get guarantees(): Pick<CanvasLedger, 'disturb'> {
    return this.ledger;
  }

  at(seconds: number, act: () => void): void {
    this.clock.setTimer(epoch + seconds * 1000 - this.clock.now(), act);
  }

  aProcess(kind: string, options: ConstructorParameters<typeof Process>[2] = {}): Process {
    const process = new Process(`${kind}${++this.#processes}`, this, options);
    const names = () => process.deliveries.flatMap(({ body }) => this.namesIn(body));
    process.onFault((fault, request) => {
      this.history.note(`${process.name}: ${fault} ${request}`);
      this.ledger.disturb(names());
    });
    process.onDeath(() => {
      this.history.note(`${process.name} died`);
      this.ledger.disturb(names());
    });
    return process;
  }

  /** The engine as this process reaches it. */
  adaptersFor(process: Process): Adapters {
    return adaptersOf(this.adapters(), process, this.#plan);
  }

  /** The engine as those reach it whom nothing happens to. */
  adapters(): Adapters {
    return watchedCanvas(this);
  }

  /** The labels of the tasks that a message is about. */
  namesIn(body: string): readonly string[] {
    const message = readMessage(body);
    return [message ? this.ledger.labelOf(message.id) : 'a control message'];
  }

  #scheduleFaults() {
    if (!this.scenario.trouble.schedules || this.random.number() < 0.5) return {};
    return {
      // Whose schedule it is the name does not tell: a copy would disturb somebody unknown.
      times: 1,
      lateSeconds: between(this.random, 0, 60),
      keptSeconds: pick(this.random, [0, 30, 600]),
    };
  }
}

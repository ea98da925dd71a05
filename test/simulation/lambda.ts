import type { Celery } from '../../lib/index.ts';
import type { Adapters, Delivery } from '../../lib/ports/index.ts';
import type { SeededRandom } from '../../lib/testing/index.ts';
import { createWorker, type Settlement } from '../../lib/worker/index.ts';
import type { Application } from './application.ts';
import type { Guarantees } from './guarantees.ts';
import type { Process } from './process.ts';
import { between, pick, type Scenario } from './scenario.ts';
import { maxAttempts, timeoutMs, type World } from './world.ts';

/** Invocations of one queue at once. */
const mostAtOnce = 3;

/** Where it receives. */
export interface Region
  extends Pick<
    World,
    | 'clock'
    | 'random'
    | 'history'
    | 'engine'
    | 'faultsUntil'
    | 'aProcess'
    | 'adaptersFor'
    | 'namesIn'
  > {
  readonly scenario: Pick<Scenario, 'trouble' | 'python' | 'containers' | 'concurrency'>;
  readonly guarantees: Pick<Guarantees, 'disturb'>;
}

/** A Celery worker on the same queue. */
export interface Neighbour {
  mayTake(delivery: Delivery): boolean;
  process(delivery: Delivery): Promise<void>;
  /** It works on a message of the same task, and nobody else may meanwhile. @default never */
  holds?(delivery: Delivery): boolean;
}

/** Receives batches and starts an invocation for each, as Lambda's event source does; or has a container take them. */
export class Lambda {
  running = 0;
  readonly #world: Region;
  readonly #application: Pick<Application, 'celery' | 'lend'>;
  readonly #python: Neighbour;
  #duplicates: number;
  #lostDeletes: number;
  #throttles: number;

  constructor(world: Region, application: Pick<Application, 'celery' | 'lend'>, python: Neighbour) {
    this.#world = world;
    this.#application = application;
    this.#python = python;
    this.#duplicates = world.scenario.trouble.duplicates;
    this.#lostDeletes = world.scenario.trouble.lostDeletes;
    this.#throttles = world.scenario.trouble.throttles;
  }

  get hasRoom(): boolean {
    return this.running < mostAtOnce;
  }

  /** Takes what is there now. */
  async receive(): Promise<void> {
    const { engine, random } = this.#world;
    const { consumer, broker } = engine.adapters();
    for (const queue of [broker.controlQueue ?? '', 'celery']) {
      while (this.hasRoom) {
        const max = between(random, 1, 5);
        const deliveries = await consumer.receive(queue, { max, waitSeconds: 0 });
        if (deliveries.length === 0) break;
        await this.#deliver(shuffled(deliveries, random));
      }
    }
  }

  async #deliver(all: readonly Delivery[]): Promise<void> {
    const { random, clock, faultsUntil, history, scenario, engine } = this.#world;
    const deliveries: Delivery[] = [];
    for (const one of all) {
      if (this.#python.holds?.(one)) await engine.adapters().consumer.changeVisibility(one, 5);
      else if (random.number() < scenario.python && this.#python.mayTake(one))
        this.#run(() => this.#python.process(one));
      else deliveries.push(one);
    }
    if (deliveries.length === 0) return;
    const troubled = clock.now() < faultsUntil;
    if (troubled && this.#throttles > 0 && random.number() < 0.5) {
      this.#throttles--;
      history.note(`throttled: ${this.#names(deliveries)}`);
      return;
    }
    this.#run(() => this.#invoke(deliveries));
    if (!troubled || this.#duplicates === 0 || random.number() > 0.2) return;
    this.#duplicates--;
    await this.#duplicate(deliveries);
  }

  /** SQS delivers once more: the same receipts at the same time, or a little later. */
  async #duplicate(deliveries: readonly Delivery[]): Promise<void> {
    const { guarantees, history, random, engine } = this.#world;
    history.note(`once more: ${this.#names(deliveries)}`);
    guarantees.disturb(
      deliveries.flatMap(({ body }) => this.#world.namesIn(body)),
      'copy',
    );
    if (random.number() < 0.5) return this.#run(() => this.#invoke(deliveries));
    for (const one of deliveries) {
      const { consumer } = engine.adapters();
      await consumer.changeVisibility(one, pick(random, [0, 1, 5, 20])).catch(() => {});
    }
  }

  #run(work: () => Promise<void>): void {
    this.running++;
    work()
      .catch((error: unknown) => this.#world.history.fail(`a process rejected: ${error}`))
      .finally(() => this.running--);
  }

  async #invoke(deliveries: readonly Delivery[]): Promise<void> {
    const { clock, history, random, scenario } = this.#world;
    const { containers = 0 } = scenario;
    const inContainer = containers > 0 && random.number() < containers;
    const process = inContainer
      ? this.#world.aProcess('c', { deliveries })
      : this.#world.aProcess('p', { deliveries, lifeMs: timeoutMs });
    const endsInMs = inContainer ? between(random, 160, 900) * 1000 : timeoutMs;
    history.note(`${process.name}: ${this.#names(deliveries)}`);
    this.#application.lend(process);
    const adapters = this.#world.adaptersFor(process);
    const worker = createWorker(within(process, this.#application.celery), adapters, {
      maxAttempts,
      hostname: process.name,
      concurrency: scenario.concurrency,
    });
    const cancel = clock.setTimer(endsInMs, () => process.kill());
    const death = new Promise<void>((resolve) => process.onDeath(resolve));
    const work = async () => {
      const { name: token, deadline } = process;
      const invocation = { token, startedAt: clock.now(), deadline };
      const settlements = await worker.process(deliveries, invocation);
      await this.#settle(process, adapters, settlements);
    };
    await Promise.race([work(), death]).finally(cancel);
  }

  async #settle(
    process: Process,
    { consumer }: Adapters,
    settlements: readonly Settlement[],
  ): Promise<void> {
    const { deliveries } = process;
    process.settle(deliveries.filter((_, i) => settlements[i]?.kind === 'settle'));
    for (const [i, delivery] of deliveries.entries()) {
      const settlement = settlements[i];
      if (settlement?.kind === 'settle' && this.#losesDelete(delivery)) continue;
      const request =
        settlement?.kind === 'settle'
          ? consumer.delete(delivery)
          : consumer.changeVisibility(delivery, settlement?.delaySeconds ?? 0);
      // Lambda does not hear of it either: the message comes back by itself.
      await request.catch(() => {});
    }
  }

  /** SQS says that it has deleted a message, and delivers it once more. */
  #losesDelete({ body }: Delivery): boolean {
    const { clock, random, faultsUntil, history, guarantees } = this.#world;
    if (this.#lostDeletes === 0 || clock.now() > faultsUntil || random.number() > 0.3) return false;
    this.#lostDeletes--;
    const ids = this.#world.namesIn(body);
    history.note(`not deleted: ${ids}`);
    guarantees.disturb(ids, 'copy');
    return true;
  }

  #names(deliveries: readonly Delivery[]): string {
    return deliveries
      .map(
        ({ queue, body, receiveCount }) =>
          `${queue === 'celery' ? '' : 'control '}${this.#world.namesIn(body)}(${receiveCount})`,
      )
      .join(' ');
  }
}

/** The application as it is in one process, whose timers end with it. */
function within({ ownClock }: Process, celery: Celery): Celery {
  return new Proxy(celery, {
    get(target, name) {
      if (name === 'clock') return ownClock;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function shuffled<T>(list: readonly T[], random: SeededRandom): T[] {
  return list
    .map((item) => [random.number(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

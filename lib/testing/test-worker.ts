import type { AnyTask, Celery } from '../app/index.ts';
import { MemoryEngine } from '../memory/index.ts';
import type { Adapters, Delivery } from '../ports/index.ts';
import type { MessageAttributes } from '../protocol/index.ts';
import { createWorker, settleDelivery, type TaskEnd, type Worker } from '../worker/index.ts';
import { ManualClock, settleTurn } from './manual-clock.ts';
import { SeededRandom } from './seeded-random.ts';

/** How far `advance` moves the clock. */
export interface Span {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

/** A message in a dead-letter queue, with the reason it is there. */
export interface DeadLetter {
  /** The queue it came from. */
  readonly queue: string;
  readonly body: string;
  /** `reason`, `detail`, `task`, `task_id` and more. */
  readonly attributes: MessageAttributes;
}

/** What a test may ask about one task. */
export interface RecordedTask {
  /** Every end of this task in the worker, in order. */
  readonly calls: readonly TaskEnd[];
}

export interface TestWorkerOptions {
  /** Starts without news after which a task is given up. @default 3 */
  readonly maxAttempts?: number;
  /** Tasks of one batch that run at once. @default the whole batch */
  readonly concurrency?: number;
  /** Makes ids and chances repeat themselves. @default 1 */
  readonly seed?: number;
  /** The engine has a place for large payloads, as a stack with `largePayloads: true`. @default false */
  readonly largePayloads?: boolean;
}

/**
 * Puts an application on an in-process engine with a clock that stands still, and works on it when told to.
 * The same worker as on Lambda runs; queues have SQS's semantics.
 *
 * @example
 * const t = await startTestWorker(app);
 * const result = await add.delay(2, 3);
 * await t.drain();
 * expect(t.task(add).calls).toHaveLength(1);
 * expect(await result.get()).toBe(5);
 */
export async function startTestWorker(
  app: Celery,
  options: TestWorkerOptions = {},
): Promise<TestWorker> {
  const clock = new ManualClock();
  const random = new SeededRandom(options.seed ?? 1);
  const engine = new MemoryEngine({
    clock,
    random,
    blobs: options.largePayloads ?? false,
    fanouts: app.router.exchanges.fanouts(),
  });
  app.useAdapters(engine.adapters(), { clock, random });
  return new TestWorker(app, engine, clock, options);
}

/** An application's only worker in a test, which works when told to. */
export class TestWorker {
  readonly clock: ManualClock;
  readonly engine: MemoryEngine;
  readonly #adapters: Adapters;
  readonly #worker: Worker;
  readonly #ends: TaskEnd[] = [];
  /** Batches that have not ended, by queue. */
  readonly #inHand = new Map<string, Promise<void>>();

  constructor(app: Celery, engine: MemoryEngine, clock: ManualClock, options: TestWorkerOptions) {
    this.clock = clock;
    this.engine = engine;
    this.#adapters = engine.adapters();
    this.#worker = createWorker(app, this.#adapters, {
      maxAttempts: options.maxAttempts,
      concurrency: options.concurrency,
      hostname: 'test-worker',
      observe: (end) => this.#ends.push(end),
    });
  }

  /**
   * Works until no queue has a message that may be received now. A delivery that waits for a slot of its rate limit
   * stays in hand until `advance` brings the time.
   */
  async drain(): Promise<void> {
    await this.#work(() => this.clock.isAwaited);
  }

  /**
   * Moves the clock on, doing on the way whatever comes due, each at its time: limits end handlers that do not end
   * by themselves. Before, each handler has a tenth of a second of the machine's own time to go on.
   */
  async advance(span: Span): Promise<void> {
    const target = this.clock.now() + milliseconds(span);
    const waits = () => this.clock.nextTimer() !== undefined;
    await this.#work(waits);
    for (
      let next = this.#nextEvent();
      next !== undefined && next <= target;
      next = this.#nextEvent()
    ) {
      await this.clock.advanceTo(next);
      await this.#work(waits);
    }
    await this.clock.advanceTo(target);
    await this.#work(waits);
  }

  /** What happened to a task, by itself or by its name. */
  task(task: Pick<AnyTask, 'name'> | string): RecordedTask {
    const name = typeof task === 'string' ? task : task.name;
    return { calls: this.#ends.filter((end) => end.name === name) };
  }

  /** What lies in the dead-letter queues. */
  deadLetters(): readonly DeadLetter[] {
    return this.engine
      .queueNames()
      .flatMap((queue) =>
        this.engine
          .deadLetters(queue)
          .map(({ body, attributes = {} }) => ({ queue, body, attributes })),
      );
  }

  /** Ends the engine; the application cannot be used after. */
  async stop(): Promise<void> {
    await this.#adapters.close();
  }

  /** Batch after batch, until there is no more and none is in hand but those for which `waits` says that it may. */
  async #work(waits: () => boolean): Promise<void> {
    let left = true;
    while (left) {
      left = false;
      for (const queue of this.#queues()) {
        if (!this.#inHand.has(queue)) await this.#receive(queue);
        const batch = this.#inHand.get(queue);
        if (batch && (await endsBy(batch, waits))) left = true;
      }
    }
  }

  /** Takes a batch in hand, if there is anything to receive. */
  async #receive(queue: string): Promise<void> {
    const deliveries = await this.#adapters.consumer.receive(queue, { max: 10, waitSeconds: 0 });
    if (deliveries.length === 0) return;
    const batch = this.#process(deliveries).finally(() => this.#inHand.delete(queue));
    this.#inHand.set(queue, batch);
  }

  async #process(deliveries: readonly Delivery[]): Promise<void> {
    const settlements = await this.#worker.process(deliveries, {
      token: this.#worker.app.random.uuid(),
      startedAt: this.clock.now(),
      deadline: Number.POSITIVE_INFINITY,
    });
    await Promise.all(
      deliveries.map((one, i) => settleDelivery(this.#worker, one, settlements[i])),
    );
  }

  #queues(): readonly string[] {
    const { controlQueue } = this.#adapters.broker;
    const queues = this.#adapters.broker.queues();
    return controlQueue === undefined ? queues : [...queues, controlQueue];
  }

  #nextEvent(): number | undefined {
    const returning = this.#queues()
      .flatMap((queue) => this.engine.messages(queue))
      .map(({ visibleAt }) => visibleAt)
      .filter((at) => at > this.clock.now());
    const next = Math.min(this.clock.nextTimer() ?? Number.POSITIVE_INFINITY, ...returning);
    return Number.isFinite(next) ? next : undefined;
  }
}

/** So many turns of the event loop a batch has to end without waiting for anything. */
const idleTurns = 20;
/** Then so long, in milliseconds of the machine's own time: it may wait for a file or a socket. */
const patienceMs = 100;

/** Whether the batch ends; false: it does not, and `waits` says that it may be waiting for the clock. */
async function endsBy(batch: Promise<void>, waits: () => boolean): Promise<boolean> {
  const ended = batch.then(() => true);
  for (let turn = 0; turn < idleTurns; turn++) {
    if (await Promise.race([ended, settleTurn()])) return true;
  }
  while (waits()) {
    if (await Promise.race([ended, pause()])) return true;
    if (waits()) return false;
  }
  return await ended;
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, patienceMs);
  });
}

function milliseconds({
  days = 0,
  hours = 0,
  minutes = 0,
  seconds = 0,
  milliseconds = 0,
}: Span): number {
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
}

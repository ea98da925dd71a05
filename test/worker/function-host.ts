import { Celery, silentLogger } from '../../lib/index.ts';
import { MemoryEngine } from '../../lib/memory/index.ts';
import type { Adapters, Delivery } from '../../lib/ports/index.ts';
import { decodeStoredDocument } from '../../lib/serializers/index.ts';
import { ManualClock, SeededRandom } from '../../lib/testing/index.ts';
import { createWorker, type Settlement, type TaskEnd } from '../../lib/worker/index.ts';

/** What a request to a port does instead, while a fault is set. */
export type Fault = (port: keyof Adapters, verb: string) => Error | undefined;

export interface HostOptions {
  /** The function's timeout. @default 30 s; the visibility timeout is six times as long */
  readonly timeoutMs?: number;
  readonly maxAttempts?: number;
  readonly concurrency?: number;
  readonly observe?: (end: TaskEnd) => void;
  readonly settings?: ConstructorParameters<typeof Celery>[1];
  /** How the engine is made, besides. */
  readonly engine?: Partial<ConstructorParameters<typeof MemoryEngine>[0]>;
}

/**
 * Lambda in a test: receives batches, gives each invocation its time, settles what it says, and can lose a process
 * half-way. Time is virtual.
 */
export class FunctionHost {
  readonly clock = new ManualClock(Date.UTC(2026, 0, 1));
  readonly random = new SeededRandom(7);
  readonly engine: MemoryEngine;
  readonly app: Celery;
  /** Every settlement of the last invocation, by message id. */
  readonly settlements = new Map<string, Settlement>();
  fault: Fault = () => undefined;
  /** How long a request to a port takes, in milliseconds. */
  slow: (port: keyof Adapters, verb: string) => number = () => 0;
  invocations = 0;
  readonly #options: HostOptions;
  readonly #timeoutMs: number;
  #crash: () => void = () => {};

  constructor(options: HostOptions = {}) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    const { clock, random } = this;
    const visibilityTimeoutSeconds = (6 * this.#timeoutMs) / 1000;
    this.engine = new MemoryEngine({
      clock,
      random,
      queues: { celery: { visibilityTimeoutSeconds }, 'orders.fifo': { visibilityTimeoutSeconds } },
      ...options.engine,
    });
    this.app = new Celery('test', { logger: silentLogger, ...options.settings });
    this.app.useAdapters(this.engine.adapters(), { clock, random });
  }

  /** Ends the process of the running invocation, as `process.exit` does in a handler. Never resolves. */
  crash(): Promise<never> {
    this.#crash();
    return new Promise(() => {});
  }

  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.clock.setTimer(ms, resolve);
    });
  }

  /** Receives one batch now and runs it in an invocation of its own; answers how many messages there were. */
  async invoke(queue = 'celery'): Promise<number> {
    const { consumer } = this.engine.adapters();
    const deliveries = await consumer.receive(queue, { max: 10, waitSeconds: 0 });
    if (deliveries.length > 0) await this.run(deliveries);
    return deliveries.length;
  }

  /** Runs deliveries in an invocation and settles them, unless its process is lost. */
  async run(deliveries: readonly Delivery[]): Promise<'ended' | 'lost'> {
    const life = { lost: false };
    const adapters = mortal(this.engine.adapters(), life, {
      fault: (port, verb) => this.fault(port, verb),
      delay: (port, verb) => {
        const ms = this.slow(port, verb);
        return ms > 0 ? this.sleep(ms) : undefined;
      },
    });
    const startedAt = this.clock.now();
    const lost = new Promise<'lost'>((resolve) => {
      this.#crash = () => {
        life.lost = true;
        resolve('lost');
      };
    });
    const cancel = this.clock.setTimer(this.#timeoutMs, () => this.#crash());
    this.invocations++;
    const worker = createWorker(this.app, adapters, this.#options);
    const settlements = await this.#live(
      Promise.race([
        lost,
        worker.process(deliveries, {
          token: `invocation-${this.invocations}`,
          startedAt,
          deadline: startedAt + this.#timeoutMs,
        }),
      ]),
    );
    cancel();
    if (settlements === 'lost') return 'lost';
    for (const [i, delivery] of deliveries.entries()) await this.#settle(delivery, settlements[i]);
    return 'ended';
  }

  /** Goes on for as long as the queue has messages, or some are parked, moving time on to when the next may be received. */
  async runUntilEmpty(queue = 'celery', most = 200): Promise<void> {
    for (let i = 0; i < most; i++) {
      if ((await this.invoke(queue)) > 0) continue;
      const messages = this.engine.messages(queue);
      const parked = this.engine.parked();
      if (messages.length + parked.length === 0) return;
      const times = [
        ...messages.map(({ visibleAt }) => visibleAt),
        ...parked.map(({ fireAt }) => fireAt),
      ].filter((at) => at > this.clock.now());
      await this.clock.advanceTo(Math.min(...times));
    }
    throw new Error(`Queue ${queue} still has messages after ${most} rounds`);
  }

  /** The stored document of a task. */
  document(taskId: string) {
    const item = this.engine.item(taskId);
    return item && decodeStoredDocument(item.document);
  }

  /** What lies in the dead-letter queue of `celery`. */
  letters() {
    return this.engine.deadLetters('celery');
  }

  async #settle(delivery: Delivery, settlement: Settlement | undefined): Promise<void> {
    if (!settlement) throw new Error(`No settlement for ${delivery.messageId}`);
    this.settlements.set(delivery.messageId, settlement);
    const { consumer } = this.engine.adapters();
    if (settlement.kind === 'settle') await consumer.delete(delivery);
    else await consumer.changeVisibility(delivery, settlement.delaySeconds);
  }

  /** Moves time on for as long as the promise waits for a timer. */
  async #live<T>(promise: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    promise.then(end, end);
    while (!ended) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.clock.nextTimer();
      if (!ended && next !== undefined) await this.clock.advanceTo(next);
    }
    return await promise;
  }
}

interface Trouble {
  readonly fault: Fault;
  /** undefined: the request is answered at once. */
  readonly delay: (port: keyof Adapters, verb: string) => Promise<void> | undefined;
}

/** Adapters whose requests are never answered once the process is lost, and fail or wait where `trouble` says so. */
function mortal(adapters: Adapters, life: { lost: boolean }, trouble: Trouble): Adapters {
  return new Proxy(adapters, {
    get(target, port: keyof Adapters) {
      const adapter = target[port];
      return typeof adapter === 'object' ? mortalPort(adapter, port, life, trouble) : adapter;
    },
  });
}

function mortalPort<T extends object>(
  adapter: T,
  port: keyof Adapters,
  life: { lost: boolean },
  trouble: Trouble,
): T {
  return new Proxy(adapter, {
    get(target, verb) {
      const member: unknown = Reflect.get(target, verb, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (life.lost) return new Promise(() => {});
        const error = trouble.fault(port, String(verb));
        if (error) return Promise.reject(error);
        const delay = trouble.delay(port, String(verb));
        return delay ? delay.then(() => member.apply(target, args)) : member.apply(target, args);
      };
    },
  });
}

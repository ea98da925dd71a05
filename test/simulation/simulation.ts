import { AsyncLocalStorage } from 'node:async_hooks';
import { Celery, Reject, silentLogger, ValueError } from '../../lib/index.ts';
import { MemoryEngine } from '../../lib/memory/index.ts';
import type { Adapters, Delivery, ResultBackend, StartKey } from '../../lib/ports/index.ts';
import { isFinal } from '../../lib/protocol/index.ts';
import { ManualClock, SeededRandom } from '../../lib/testing/index.ts';
import { createWorker, type Settlement } from '../../lib/worker/index.ts';
import { adaptersOf, FaultPlan, pick } from './faults.ts';
import { Process } from './process.ts';

/** What a task of the workload does. */
export type Behaviour = 'ok' | 'fail' | 'retry' | 'retryForEver' | 'requeue' | 'killer' | 'hang';

export interface Work {
  readonly id: string;
  readonly behaviour: Behaviour;
  readonly ignoreResult: boolean;
}

/** A guarantee that did not hold. */
export class Violation extends Error {}

const timeoutMs = 30_000;
const visibilitySeconds = 180;
const maxAttempts = 3;
const maxRetries = 2;
/** How old the read may be that a start rests on: a few slow requests. */
const readMayBeOldMs = 8_000;
const faultsUntilMs = 20 * 60_000;
const epoch = Date.UTC(2026, 0, 1);

/**
 * The real worker and producer on the in-process engine, on a virtual clock, with everything going wrong that a seed
 * says: requests refused, lost or sent twice, processes that die before or after any of them, messages delivered
 * twice at once, late and out of order. Checks the guarantees of DESIGN section 3 while it runs and when all is over.
 */
export class Simulation {
  readonly history: string[] = [];
  readonly work: Work[] = [];
  readonly #random: SeededRandom;
  readonly #clock = new ManualClock(epoch);
  readonly #engine: MemoryEngine;
  readonly #app: Celery;
  readonly #plan: FaultPlan;
  readonly #process = new AsyncLocalStorage<Process>();
  readonly #finals = new Map<string, { status: string; at: number; reason: string }>();
  readonly #starts = new Map<string, number>();
  readonly #heard = new Map<string, number>();
  readonly #attempts = new Map<string, { attempt: number; at: number }>();
  readonly #disturbed = new Set<string>();
  #duplicates: number;
  #running = 0;
  #processes = 0;
  #violation: Violation | undefined;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    const clock = this.#clock;
    this.#engine = new MemoryEngine({
      clock,
      random: this.#random,
      queues: { celery: { visibilityTimeoutSeconds: visibilitySeconds, maxReceiveCount: 100 } },
    });
    this.#plan = new FaultPlan(this.#random, epoch + faultsUntilMs);
    this.#duplicates = pick(this.#random, [0, 1, 2, 5]);
    this.#app = new Celery('simulation', { logger: silentLogger });
    this.#app.useAdapters(this.#engine.adapters(), { clock, random: this.#random });
    this.#app.task('work', { bind: true, maxRetries }, (self, attempt: number) =>
      this.#perform(self.request.id, self.request.retries, attempt, (next, countdown) =>
        self.retry({ exc: new ValueError('again'), countdown, args: [next] }),
      ),
    );
  }

  /** Runs to the end of everything that was published. @throws Violation */
  async run(): Promise<void> {
    await this.#publish();
    for (let step = 0; step < 20_000; step++) {
      await this.#startInvocations();
      // Whatever can go on at this time does, before time goes on.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#violation) throw this.#violation;
      const next = this.#nextEvent();
      if (next === undefined) {
        if (this.#running === 0 && this.#isQueueEmpty()) return this.#checkEnd();
        continue;
      }
      await this.#clock.advanceTo(next);
    }
    throw new Violation('no end: something circles for ever');
  }

  async #publish(): Promise<void> {
    const count = 1 + Math.floor(this.#random.number() * 6);
    for (let n = 0; n < count; n++) {
      const behaviour = pick(this.#random, behaviours);
      const ignoreResult = behaviour === 'ok' && this.#random.number() < 0.2;
      const id = `t${n}`;
      this.work.push({ id, behaviour, ignoreResult });
      const countdown = pick(this.#random, [0, 0, 0, 5, 1200]);
      await this.#app.sendTask('work', [0], { taskId: id, ignoreResult, countdown });
      this.#note(`send ${id} ${behaviour}${ignoreResult ? ' ignored' : ''} in ${countdown} s`);
    }
  }

  async #startInvocations(): Promise<void> {
    const { consumer } = this.#engine.adapters();
    while (this.#running < 3) {
      const max = 1 + Math.floor(this.#random.number() * 5);
      const deliveries = await consumer.receive('celery', { max, waitSeconds: 0 });
      if (deliveries.length === 0) return;
      void this.#invoke(shuffled(deliveries, this.#random));
      if (this.#duplicates > 0 && this.#random.number() < 0.2) {
        this.#duplicates--;
        for (const { body } of deliveries) this.#disturbed.add(idIn(body));
        void this.#invoke(deliveries);
      }
    }
  }

  async #invoke(deliveries: readonly Delivery[]): Promise<void> {
    this.#running++;
    const process = new Process(`p${++this.#processes}`, this.#clock, this.#random);
    this.#note(`${process.name}: ${deliveries.map(({ body }) => idIn(body)).join(' ')}`);
    const watched = this.#watched(this.#engine.adapters());
    const adapters = adaptersOf(watched, process, this.#plan, (fault, name, args) => {
      for (const { body } of deliveries) this.#disturbed.add(idIn(body));
      if (fault === 'crashAfter' && name === 'startMarks.mark') this.#diedStarting(args[0]);
      this.#note(`${process.name}: ${fault} ${name}`);
    });
    const worker = createWorker(this.#app, adapters, { maxAttempts, hostname: process.name });
    const startedAt = this.#clock.now();
    const cancel = this.#clock.setTimer(timeoutMs, () => process.kill());
    const death = new Promise<undefined>((resolve) => process.onDeath(() => resolve(undefined)));
    try {
      const work = this.#process.run(process, () =>
        worker.process(deliveries, {
          token: process.name,
          startedAt,
          deadline: startedAt + timeoutMs,
        }),
      );
      const settlements = await Promise.race([work, death]);
      if (settlements) await Promise.race([this.#settle(adapters, deliveries, settlements), death]);
    } catch (error) {
      this.#violation ??= new Violation(`an invocation rejected: ${error}`);
    } finally {
      cancel();
      if (process.dead) this.#note(`${process.name} died`);
      for (const { body } of process.dead ? deliveries : []) this.#disturbed.add(idIn(body));
      this.#running--;
    }
  }

  async #settle(
    { consumer }: Adapters,
    deliveries: readonly Delivery[],
    settlements: readonly Settlement[],
  ): Promise<void> {
    for (const [i, delivery] of deliveries.entries()) {
      const settlement = settlements[i];
      const request =
        settlement?.kind === 'settle'
          ? consumer.delete(delivery)
          : consumer.changeVisibility(delivery, settlement?.delaySeconds ?? 0);
      await request.catch(() => {});
    }
  }

  /** The handler of every task. */
  async #perform(
    id: string,
    retries: number,
    attempt: number,
    retry: (next: number, countdown: number) => never,
  ): Promise<unknown> {
    const process = this.#process.getStore() as Process;
    const work = this.work.find((one) => one.id === id) as Work;
    this.#checkStart(id, retries, attempt);
    if (work.behaviour === 'hang') return await new Promise(() => {});
    await process.sleep(pick(this.#random, [0, 500, 3000, 9000]));
    if (work.behaviour === 'killer') {
      process.kill();
      return await new Promise(() => {});
    }
    this.#heard.set(id, (this.#heard.get(id) ?? 0) + 1);
    if (work.behaviour === 'fail') throw new ValueError('no');
    if (work.behaviour === 'requeue' && (this.#starts.get(id) ?? 0) < 3)
      throw new Reject('later', { requeue: true });
    const limit = work.behaviour === 'retry' ? maxRetries : Number.POSITIVE_INFINITY;
    if (work.behaviour.startsWith('retry') && retries < limit)
      retry(retries + 1, pick(this.#random, [0, 5, 1000]));
    return id;
  }

  #checkStart(id: string, retries: number, attempt: number): void {
    this.#starts.set(id, (this.#starts.get(id) ?? 0) + 1);
    this.#note(`start ${id} attempt ${retries}`);
    if (attempt !== retries)
      this.#fail(`${id}: attempt ${retries} runs with the arguments of ${attempt}`);
    if (retries > maxRetries) this.#fail(`${id}: attempt ${retries} is one retry too many`);
    const final = this.#finals.get(id);
    const now = this.#clock.now();
    if (final && now - final.at > readMayBeOldMs)
      this.#fail(`${id} starts although it ended as ${final.status}`);
    const latest = this.#attempts.get(id);
    if (latest && latest.attempt > retries && now - latest.at > readMayBeOldMs) {
      this.#fail(`${id}: attempt ${retries} starts after ${latest.attempt} was stored`);
    }
  }

  /** Hears of every state that is stored. */
  #watched(adapters: Adapters): Adapters {
    const { results } = adapters;
    const store: ResultBackend['store'] = async (write) => {
      const before = this.#engine.item(write.taskId)?.own?.token;
      try {
        return await results.store(write);
      } finally {
        const own = this.#engine.item(write.taskId)?.own;
        if (own && own.token === write.token && own.token !== before)
          this.#stored(write.taskId, own);
      }
    };
    const watched = new Proxy(results, {
      get: (target, verb) => (verb === 'store' ? store : Reflect.get(target, verb, target)),
    });
    return { ...adapters, results: watched };
  }

  #stored(id: string, own: { status: string; attempt: number }): void {
    this.#note(`store ${id} ${own.status} attempt ${own.attempt}`);
    const final = this.#finals.get(id);
    if (final) this.#fail(`${id}: ${final.status} was replaced by ${own.status}`);
    if (own.attempt > (this.#attempts.get(id)?.attempt ?? -1)) {
      this.#attempts.set(id, { attempt: own.attempt, at: this.#clock.now() });
    }
    if (!isFinal(own.status)) return;
    const reason = new TextDecoder().decode(this.#engine.item(id)?.document);
    this.#finals.set(id, { status: own.status, at: this.#clock.now(), reason });
    const unheard = (this.#starts.get(id) ?? 0) - (this.#heard.get(id) ?? 0);
    if (reason.includes('WorkerLostError') && unheard < maxAttempts) {
      this.#fail(`${id} was condemned after ${unheard} starts that were not heard of`);
    }
  }

  /** A process died between the mark and the start: that is a start that was not heard of. */
  #diedStarting(key: unknown): void {
    const { taskId } = key as StartKey;
    this.#starts.set(taskId, (this.#starts.get(taskId) ?? 0) + 1);
  }

  #checkEnd(): void {
    for (const { id, behaviour, ignoreResult } of this.work) {
      const starts = this.#starts.get(id) ?? 0;
      if (ignoreResult) {
        if (starts === 0) throw new Violation(`${id} never started`);
        continue;
      }
      const status = this.#finals.get(id)?.status;
      const expected = outcomes[behaviour];
      if (status !== expected)
        throw new Violation(`${id} (${behaviour}) ended as ${status}, not ${expected}`);
      const once = behaviour === 'ok' || behaviour === 'fail';
      if (
        once &&
        starts > 1 &&
        !this.#disturbed.has(id) &&
        this.#plan.crashes >= 0 &&
        !this.#anyKiller()
      ) {
        throw new Violation(`${id} started ${starts} times though nothing disturbed it`);
      }
    }
    this.#checkDeadLetters();
  }

  /** What died lies in the dead-letter queue, and nothing else does. */
  #checkDeadLetters(): void {
    const letters = new Set(this.#engine.deadLetters('celery').map(({ body }) => idIn(body)));
    for (const { id, behaviour } of this.work) {
      const dead = behaviour === 'killer' || behaviour === 'hang';
      if (dead !== letters.has(id))
        throw new Violation(`${id} (${behaviour}) ${dead ? 'has no letter' : 'was dead-lettered'}`);
    }
  }

  #anyKiller(): boolean {
    return this.work.some(({ behaviour }) => behaviour === 'killer' || behaviour === 'hang');
  }

  #nextEvent(): number | undefined {
    const now = this.#clock.now();
    const times = this.#engine
      .messages('celery')
      .map(({ visibleAt }) => visibleAt)
      .filter((at) => at > now);
    const next = Math.min(this.#clock.nextTimer() ?? Number.POSITIVE_INFINITY, ...times);
    return Number.isFinite(next) ? next : undefined;
  }

  #isQueueEmpty(): boolean {
    return this.#engine.messages('celery').length === 0;
  }

  #fail(what: string): void {
    this.#violation ??= new Violation(what);
  }

  #note(what: string): void {
    this.history.push(`${String((this.#clock.now() - epoch) / 1000).padStart(9)} ${what}`);
  }
}

const behaviours: readonly Behaviour[] = [
  'ok',
  'ok',
  'ok',
  'fail',
  'retry',
  'retryForEver',
  'requeue',
  'killer',
  'hang',
];

const outcomes: Readonly<Record<Behaviour, string>> = {
  ok: 'SUCCESS',
  fail: 'FAILURE',
  retry: 'SUCCESS',
  retryForEver: 'FAILURE',
  requeue: 'SUCCESS',
  killer: 'FAILURE',
  hang: 'FAILURE',
};

function idIn(body: string): string {
  return /"id":"([^"]*)"/.exec(body)?.[1] ?? '?';
}

function shuffled<T>(list: readonly T[], random: SeededRandom): T[] {
  return list
    .map((item) => [random.number(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

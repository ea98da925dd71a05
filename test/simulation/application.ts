import { Celery, Ignore, Reject, type Self, silentLogger, ValueError } from '../../lib/index.ts';
import { type Behaviour, maxRetries, type TaskName, tasks } from './behaviours.ts';
import type { Process } from './process.ts';
import { pick } from './scenario.ts';
import type { World } from './world.ts';

/** Its invocations keep so much of their time for what comes after a run. */
const bufferMs = 1000;

/** The application whose tasks the workers run. */
export class Application {
  readonly celery: Celery;
  readonly #world: World;
  readonly #processes = new Map<string, Process>();

  constructor(world: World) {
    this.#world = world;
    this.celery = new Celery('simulation', { logger: silentLogger });
    this.celery.useAdapters(world.engine.adapters(), world);
    for (const name of Object.keys(tasks)) if (name !== 'later') this.register(name as TaskName);
  }

  /** The process that a worker of this name is. */
  lend(process: Process): void {
    this.#processes.set(process.name, process);
  }

  register(name: TaskName): void {
    const rateLimit = name === 'limited' ? this.#world.scenario.rate : null;
    const options = { ...tasks[name].options, bind: true, maxRetries, rateLimit } as const;
    this.celery.task(name, options, (self, attempt: number) => this.#perform(self, attempt));
  }

  /** The handler of every task. */
  async #perform(self: Self, attempt: number): Promise<unknown> {
    const { guarantees, clock, history } = this.#world;
    const { id, retries } = self.request;
    const process = this.#processes.get(self.request.hostname) as Process;
    const record = guarantees.of(id);
    const at = clock.now();
    const { signal } = self;
    guarantees.started({ id, attempt: retries, argument: attempt, process, signal, at });
    if (record.work.behaviour === 'mended' && process.isOfLetter(id)) {
      await self
        .updateState({ state: 'PROGRESS' })
        .catch(() => history.note(`${id} goes on untold`));
    }
    await this.#take(process, id, record.work.behaviour, retries);
    if (process.dead) return await new Promise(() => {});
    guarantees.ended(id, process, clock.now(), self.signal.aborted);
    return await this.#end(self, process, record.work.behaviour);
  }

  /** Takes its time. What would take longer than the process has is given back: that disturbs it. */
  async #take(process: Process, id: string, behaviour: Behaviour, attempt: number): Promise<void> {
    const { guarantees, random, clock } = this.#world;
    const takesMs = durations[behaviour] ?? pick(random, [0, 500, 3000, 9000]);
    if (clock.now() + takesMs >= process.deadline - bufferMs) {
      guarantees.disturb([id]);
      for (const generation of process.generationsOf(id))
        process.overran.add(`${id} attempt ${attempt} generation ${generation}`);
    }
    if (takesMs >= process.lifeMs) return await new Promise(() => {});
    await process.sleep(takesMs);
  }

  async #end(self: Self, process: Process, behaviour: Behaviour): Promise<unknown> {
    const { history, guarantees, random } = this.#world;
    const { id, retries } = self.request;
    const record = guarantees.of(id);
    switch (behaviour) {
      case 'killer':
        process.kill();
        return await new Promise(() => {});
      case 'requeue':
        if (record.startCount < 3) throw new Reject('later', { requeue: true });
        break;
      case 'reject':
        throw new Reject('no');
      case 'mended':
        if (!process.isOfLetter(id)) throw new Reject('not yet');
        break;
      case 'ignore':
        record.ended = true;
        throw new Ignore();
      case 'softLimit':
        if (!self.signal.aborted) history.fail(`${id} was not told of its soft time limit`);
        break;
      case 'timeLimit': {
        const stored = await self.updateState({ state: 'LATE' }).then(
          () => true,
          () => false,
        );
        if (stored) history.fail(`${id} stored a state after its time limit`);
        break;
      }
      case 'retry':
      case 'retryLate':
      case 'retryForEver':
        if (behaviour === 'retryForEver' || retries < maxRetries) {
          const countdown = pick(
            random,
            behaviour === 'retryLate' ? [0, 1000, 3 * 86_400] : [0, 5, 1000],
          );
          if (retries === maxRetries) record.ended = true;
          self.retry({ exc: new ValueError('again'), countdown, args: [retries + 1] });
        }
    }
    record.ended = true;
    if (behaviour === 'fail') throw new ValueError('no');
    return id;
  }
}

/** In milliseconds. */
const durations: Readonly<Partial<Record<Behaviour, number>>> = {
  hang: Number.POSITIVE_INFINITY,
  long: 20_000,
  longer: 150_000,
  mended: 20_000,
  softLimit: 6_000,
  timeLimit: 10_000,
};

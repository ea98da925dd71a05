import { deadLetters } from '../../lib/dead-letters/index.ts';
import { Celery, OperationalError, silentLogger } from '../../lib/index.ts';
import { encodeControlMessage } from '../../lib/protocol/index.ts';
import type { Application } from './application.ts';
import type { Process } from './process.ts';
import type { Act, Work } from './scenario.ts';
import type { World } from './world.ts';

/** How often a caller tries again whose call rejects. */
const tries = 5;

/** All that comes from outside: calls, revokes, other commands. Each is a process of its own, which may fail or die. */
export class Producers {
  /** What is still to come. */
  pending = 0;
  readonly #world: World;
  readonly #application: Application;

  constructor(world: World, application: Application) {
    this.#world = world;
    this.#application = application;
    for (const work of world.scenario.work) this.#at(work.at, () => this.#call(work));
    for (const act of world.scenario.acts) this.#at(act.at, () => this.#act(act));
  }

  #at(seconds: number, work: () => Promise<void>): void {
    this.pending++;
    this.#world.at(seconds, () => {
      work()
        .catch((error: unknown) => this.#rejected(error))
        .finally(() => this.pending--);
    });
  }

  #rejected(error: unknown): void {
    if (error instanceof OperationalError) this.#world.history.note(`rejected: ${error}`);
    else this.#world.history.fail(`a caller was told ${(error as Error).stack}`);
  }

  async #call(work: Work): Promise<void> {
    const { guarantees, history, clock } = this.#world;
    const { id, task, behaviour, countdown, expires, ignoreResult, unique } = work;
    const limits = behaviour === 'softLimit' ? { softTimeLimit: 5 } : { timeLimit: 5 };
    const options = {
      ...{ taskId: id, ignoreResult, countdown, ...(expires !== undefined && { expires }) },
      ...(behaviour.endsWith('Limit') && limits),
      ...(unique && { unique: { key: 'k', ttl: 86_400 } }),
    };
    history.note(`call ${id} ${task} ${JSON.stringify({ behaviour, ...options })}`);
    guarantees.of(id).sentAt = clock.now();
    await this.#as('caller', [id], async (app) => {
      const result = await app.sendTask(task, [0], options);
      // Another's id may be of a call that is still to be sent: it counts once it is marked as sent.
      if (result.id === id) guarantees.of(id).accepted = true;
      history.note(`called ${id}${result.id === id ? '' : `: it is ${result.id}`}`);
    });
  }

  async #act(act: Act): Promise<void> {
    switch (act.kind) {
      case 'revoke':
        return await this.#revoke(act);
      case 'rate':
        return await this.#as('rates', [], (app) => app.control.rateLimit('limited', act.rate));
      case 'sendBack':
        return await this.#sendBack();
      case 'deploy':
        this.#world.history.note('deploy');
        return this.#application.register('later');
    }
  }

  async #revoke({ id, terminate, byPython }: Extract<Act, { kind: 'revoke' }>): Promise<void> {
    const { guarantees, history } = this.#world;
    await this.#as('revoker', [id], async (app) => {
      if (!byPython) {
        await app.control.revoke(id, { terminate });
        guarantees.of(id).revokeAnswered = true;
        return history.note(`revoke of ${id} answered`);
      }
      const { broker } = await app.adapters();
      const body = encodeControlMessage('revoke', { task_id: id, terminate });
      await broker.send(broker.controlQueue ?? '', { body });
      guarantees.of(id).revokeAnswered = true;
    });
  }

  async #sendBack(): Promise<void> {
    const { history, guarantees } = this.#world;
    const ids = guarantees.records.map(({ work }) => work.id);
    await this.#as('operator', ids, async (app) => {
      const letters = await deadLetters(app, 'celery', { waitSeconds: 0 }).sendBack(() => true);
      history.note(`sent back: ${letters.map(({ id }) => id)}`);
    });
  }

  /** Tries again when it rejects, and not when the process is gone. What goes wrong may have copies made. */
  async #as(kind: string, ids: readonly string[], work: (app: Celery) => Promise<void>) {
    const process: Process = this.#world.aProcess(kind);
    const app = new Celery('producer', { logger: silentLogger });
    app.useAdapters(this.#world.adaptersFor(process), this.#world);
    const death = new Promise<void>((resolve) => process.onDeath(resolve));
    for (let left = tries; left > 0 && !process.dead; left--) {
      const failed = await Promise.race([
        work(app).then(
          () => undefined,
          (error) => ({ error }),
        ),
        death,
      ]);
      if (process.faults.length > 0) this.#world.guarantees.disturb(ids);
      if (!failed) return;
      if (left === 1) throw failed.error;
      await process.sleep(2000);
    }
  }
}

import { Celery, currentTask, type Self, silentLogger, ValueError } from '../../lib/index.ts';
import type { CanvasBehaviour, TaskNode } from './canvas-tree.ts';
import { tasksIn } from './canvas-tree.ts';
import { taskValue } from './canvas-value.ts';
import type { CanvasWorld } from './canvas-world.ts';
import type { Process } from './process.ts';
import { pick } from './scenario.ts';

/** Attempts of a task that retries. */
export const mostRetries = 2;

/** The application whose tasks the workers run: `work` with its label in a keyword, and errbacks. */
export class CanvasApplication {
  readonly celery: Celery;
  readonly #world: CanvasWorld;
  readonly #nodes: ReadonlyMap<string, TaskNode>;
  readonly #processes = new Map<string, Process>();

  constructor(world: CanvasWorld) {
    this.#world = world;
    this.#nodes = new Map(
      world.scenario.trees.flatMap(tasksIn).map((node) => [node.label, node] as const),
    );
    this.celery = new Celery('simulation', { logger: silentLogger });
    this.celery.useAdapters(world.adapters(), world);
    const options = { bind: true, maxRetries: mostRetries, params: ['*args', '**kwargs'] } as const;
    this.celery.task(
      'work',
      options,
      (self: Self, args: readonly unknown[], { label }: { label: string }) =>
        this.#run(self, this.behaviourOf(label), async () => taskValue(label, args)),
    );
    this.celery.task(
      'told',
      options,
      (self: Self, [id]: readonly string[], { label }: { label: string }) =>
        this.#run(self, 'ok', async () => taskValue(label, [this.#label(id)])),
    );
    this.celery.errback('declared', ({ id }, { name }, _, label: never) =>
      this.#run(currentTask() as Self, 'ok', async () => taskValue(label, [this.#label(id), name])),
    );
  }

  /** The process that a worker of this name is. */
  lend(process: Process): void {
    this.#processes.set(process.name, process);
  }

  behaviourOf(label: string): CanvasBehaviour {
    return this.#nodes.get(label)?.behaviour ?? 'ok';
  }

  nodeOf(label: string): TaskNode | undefined {
    return this.#nodes.get(label);
  }

  #label(id: string | undefined): string {
    return this.#world.ledger.labelOf(id ?? '');
  }

  async #run(
    self: Self,
    behaviour: CanvasBehaviour,
    value: () => Promise<unknown>,
  ): Promise<unknown> {
    const { ledger, clock, random } = this.#world;
    const { id, retries, hostname } = self.request;
    const process = this.#processes.get(hostname) as Process;
    ledger.started({ id, attempt: retries, process, byPython: false, at: clock.now() });
    await process.sleep(pick(random, [0, 0, 500, 3000]));
    if (process.dead) return await new Promise(() => {});
    ledger.ended(id, process);
    if (behaviour === 'killer') {
      process.kill();
      return await new Promise(() => {});
    }
    if (behaviour === 'fail') throw new ValueError(ledger.labelOf(id));
    if (behaviour === 'retry' && retries < mostRetries)
      self.retry({ exc: new ValueError('again'), countdown: pick(random, [0, 5, 1000]) });
    return await value();
  }
}

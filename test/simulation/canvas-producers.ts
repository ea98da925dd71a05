import {
  type AnySignature,
  Celery,
  chain,
  chord,
  group,
  type Signature,
  silentLogger,
} from '../../lib/index.ts';
import type { RevokeAct } from './canvas-scenario.ts';
import type { CanvasTree, ErrbackNode, TaskNode } from './canvas-tree.ts';
import type { CanvasWorld } from './canvas-world.ts';

/** Whoever publishes the canvases, and revokes tasks of them. Nothing happens to these. */
export class CanvasProducers {
  /** What is still to come. */
  pending = 0;
  readonly #world: CanvasWorld;
  readonly #app: Celery;

  constructor(world: CanvasWorld) {
    this.#world = world;
    this.#app = new Celery('producer', {
      logger: silentLogger,
      canvasMode: world.scenario.mode,
    });
    this.#app.useAdapters(world.adapters(), world);
    for (const tree of world.scenario.trees) this.#at(0, () => this.#publish(tree));
    for (const revoke of world.scenario.revokes) this.#at(revoke.at, () => this.#revoke(revoke));
  }

  #at(seconds: number, work: () => Promise<void>): void {
    this.pending++;
    this.#world.at(seconds, () => {
      work()
        .catch((error: Error) => this.#world.history.fail(`a caller was told ${error.stack}`))
        .finally(() => this.pending--);
    });
  }

  async #publish(tree: CanvasTree): Promise<void> {
    await this.#app.apply(this.#signature(tree).toJSON());
  }

  /** Of a task whose id nobody knows yet there is nothing to revoke. */
  async #revoke({ label, terminate }: RevokeAct): Promise<void> {
    const ids = this.#world.ledger.idsOf(label);
    if (ids.length > 0) await this.#app.control.revoke(ids, { terminate });
  }

  #signature(tree: CanvasTree): AnySignature {
    switch (tree.kind) {
      case 'task':
        return this.#task(tree);
      case 'chain':
        return chainOf(...tree.steps.map((step) => this.#signature(step)));
      case 'group':
        return group(tree.members.map((member) => this.#signature(member)));
      case 'chord':
        return chord(
          tree.header.map((part) => this.#signature(part)),
          this.#signature(tree.body) as Signature<[unknown[]]>,
        );
    }
  }

  #task({ label, behaviour, immutable, countdown, expires, links, errbacks }: TaskNode) {
    const name = behaviour === 'unknown' ? 'unknown' : 'work';
    const options = { kwargs: { label }, immutable, ...(expires !== undefined && { expires }) };
    const task = this.#app.signature(name, [], {
      ...options,
      ...(countdown > 0 && { countdown }),
    }) as Signature<[unknown?]>;
    for (const link of links) task.link(this.#signature(link) as Signature<[unknown]>);
    for (const errback of errbacks) task.linkError(this.#errback(errback));
    return task;
  }

  #errback({ label, declared }: ErrbackNode): AnySignature {
    return declared
      ? this.#app.signature('declared', [label])
      : this.#app.signature('told', [], { kwargs: { label } });
  }
}

/** What the types of a chain check, trees drawn at random do not tell them. */
const chainOf = chain as unknown as (...steps: readonly AnySignature[]) => AnySignature;

import type { SeededRandom } from '../../lib/testing/index.ts';
import { isSound } from './canvas-normal.ts';
import type { CanvasBehaviour, CanvasTree, TaskNode } from './canvas-tree.ts';
import { between, pick } from './scenario.ts';

/** What a tree may be made of. */
export interface TreeChoices {
  readonly behaviours: readonly CanvasBehaviour[];
  /** Seconds. */
  readonly countdowns: readonly number[];
  /** The share of tasks that expire. */
  readonly expiring: number;
}

const mostTasks = 40;
const deepest = 4;

/** Draws canvases; all trees of one drawer share the number of tasks there may be, and their labels differ. */
export class TreeDrawer {
  readonly #random: SeededRandom;
  readonly #choices: TreeChoices;
  #count = 0;

  constructor(random: SeededRandom, choices: TreeChoices) {
    this.#random = random;
    this.#choices = choices;
  }

  /** @param depth How many canvases lie around it. */
  draw(depth = 0): CanvasTree {
    const chance = this.#random.number();
    const isFull = depth >= deepest || this.#count >= mostTasks - 10;
    if (isFull || chance < 0.1 + 0.2 * depth) return this.#task(depth);
    if (chance < 0.5 + 0.1 * depth) return this.#chain(depth);
    if (chance < 0.65 + 0.08 * depth) return this.#group(depth);
    return { kind: 'chord', header: this.#several(1, 4, depth), body: this.draw(depth + 1) };
  }

  #chain(depth: number): CanvasTree {
    const steps: CanvasTree[] = [];
    for (let left = between(this.#random, 2, 4); left > 0; left--) {
      const step = this.draw(depth + 1);
      const fits = isSound({ kind: 'chain', steps: [...steps, step] });
      steps.push(fits ? step : this.#task(depth + 1));
    }
    return { kind: 'chain', steps };
  }

  #group(depth: number): CanvasTree {
    const group: CanvasTree = { kind: 'group', members: this.#several(1, 4, depth) };
    return isSound(group) ? group : (group.members[0] as CanvasTree);
  }

  #several(least: number, most: number, depth: number): CanvasTree[] {
    return Array.from({ length: between(this.#random, least, most) }, () => this.draw(depth + 1));
  }

  #task(depth: number): TaskNode {
    const random = this.#random;
    const { behaviours, countdowns, expiring } = this.#choices;
    const label = this.#label();
    const links = this.#count < mostTasks && random.number() < 0.15 ? between(random, 1, 2) : 0;
    const errbacks = random.number() < 0.3 ? between(random, 1, 2) : 0;
    return {
      kind: 'task',
      label,
      behaviour: pick(random, behaviours),
      immutable: random.number() < 0.1,
      countdown: pick(random, countdowns),
      expires: random.number() < expiring ? pick(random, [1, 60, 3600]) : undefined,
      links: Array.from({ length: links }, () => this.draw(Math.max(depth + 1, deepest - 1))),
      errbacks: Array.from({ length: errbacks }, () => ({
        label: this.#label(),
        declared: random.number() < 0.5,
      })),
    };
  }

  #label(): string {
    return `t${this.#count++}`;
  }
}

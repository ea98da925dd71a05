import type { SeededRandom } from '../../lib/testing/index.ts';
import { between, pick } from './scenario.ts';

/** What a task of a canvas does. */
export type CanvasBehaviour = 'ok' | 'fail' | 'retry' | 'killer' | 'unknown';

/** An errback; `declared` ones are told the request and the error, others the id. */
export interface ErrbackNode {
  readonly label: string;
  readonly declared: boolean;
}

export interface TaskNode {
  readonly kind: 'task';
  readonly label: string;
  readonly behaviour: CanvasBehaviour;
  /** Takes nothing in front. */
  readonly immutable: boolean;
  /** Seconds. */
  readonly countdown: number;
  /** Seconds; undefined: never. */
  readonly expires: number | undefined;
  readonly links: readonly CanvasTree[];
  readonly errbacks: readonly ErrbackNode[];
}

/** A canvas as its author writes it. */
export type CanvasTree =
  | TaskNode
  | { readonly kind: 'chain'; readonly steps: readonly CanvasTree[] }
  | { readonly kind: 'group'; readonly members: readonly CanvasTree[] }
  | { readonly kind: 'chord'; readonly header: readonly CanvasTree[]; readonly body: CanvasTree };

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
    if (chance < 0.5 + 0.1 * depth) return { kind: 'chain', steps: this.#several(2, 4, depth) };
    if (chance < 0.65 + 0.08 * depth) return { kind: 'group', members: this.#several(1, 4, depth) };
    return { kind: 'chord', header: this.#several(1, 4, depth), body: this.draw(depth + 1) };
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

/** Every task in a tree, those that follow others among them. */
export function tasksIn(tree: CanvasTree): readonly TaskNode[] {
  return tree.kind === 'task'
    ? [tree, ...tree.links.flatMap(tasksIn)]
    : childrenOf(tree).flatMap(tasksIn);
}

export function childrenOf(tree: Exclude<CanvasTree, TaskNode>): readonly CanvasTree[] {
  switch (tree.kind) {
    case 'chain':
      return tree.steps;
    case 'group':
      return tree.members;
    case 'chord':
      return [...tree.header, tree.body];
  }
}

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

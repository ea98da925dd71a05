import { isSound } from './canvas-normal.ts';
import type { CanvasScenario } from './canvas-scenario.ts';
import { type CanvasTree, childrenOf, type TaskNode } from './canvas-tree.ts';
import { lessTrouble } from './shorten.ts';

/** Scenarios with one thing less. */
export function* simplerCanvases(scenario: CanvasScenario): Generator<CanvasScenario> {
  const { trees, revokes, trouble } = scenario;
  for (const [index, tree] of trees.entries()) {
    if (trees.length > 1) yield { ...scenario, trees: trees.toSpliced(index, 1) };
    for (const less of simplerTrees(tree))
      if (isSound(less)) yield { ...scenario, trees: trees.toSpliced(index, 1, less) };
  }
  for (const one of revokes) yield { ...scenario, revokes: revokes.filter((act) => act !== one) };
  if (scenario.python > 0) yield { ...scenario, python: 0 };
  if (scenario.mode === 'native') yield { ...scenario, mode: 'compatible' };
  for (const less of lessTrouble(trouble)) yield { ...scenario, trouble: { ...trouble, ...less } };
}

/** Trees with one thing less. */
function* simplerTrees(tree: CanvasTree): Generator<CanvasTree> {
  if (tree.kind === 'task') yield* simplerTasks(tree);
  else {
    yield* childrenOf(tree);
    yield* withFewer(tree);
  }
}

function* withFewer(tree: Exclude<CanvasTree, TaskNode>): Generator<CanvasTree> {
  switch (tree.kind) {
    case 'chain':
      for (const steps of fewer(tree.steps, 2)) yield { ...tree, steps };
      return;
    case 'group':
      for (const members of fewer(tree.members, 1)) yield { ...tree, members };
      return;
    case 'chord':
      for (const header of fewer(tree.header, 1)) yield { ...tree, header };
      for (const body of simplerTrees(tree.body)) yield { ...tree, body };
  }
}

/** One left out, or one with less in it. */
function* fewer(trees: readonly CanvasTree[], least: number): Generator<readonly CanvasTree[]> {
  for (const [index, tree] of trees.entries()) {
    if (trees.length > least) yield trees.toSpliced(index, 1);
    for (const less of simplerTrees(tree)) yield trees.toSpliced(index, 1, less);
  }
}

function* simplerTasks(task: TaskNode): Generator<TaskNode> {
  if (task.behaviour !== 'ok') yield { ...task, behaviour: 'ok' };
  if (task.immutable) yield { ...task, immutable: false };
  if (task.countdown > 0) yield { ...task, countdown: 0 };
  if (task.expires !== undefined) yield { ...task, expires: undefined };
  for (const [index, link] of task.links.entries()) {
    yield { ...task, links: task.links.toSpliced(index, 1) };
    for (const less of simplerTrees(link))
      yield { ...task, links: task.links.toSpliced(index, 1, less) };
  }
  for (const index of task.errbacks.keys())
    yield { ...task, errbacks: task.errbacks.toSpliced(index, 1) };
}

import { type CanvasTree, childrenOf } from './canvas-tree.ts';

/** As Celery runs it: chains spliced into chains, groups flattened, a group and what follows it a chord. */
export function normal(tree: CanvasTree): CanvasTree {
  switch (tree.kind) {
    case 'task':
      return { ...tree, links: tree.links.map(normal) };
    case 'chain':
      return chainOf(tree.steps.flatMap((step) => stepsOf(normal(unrolled(step)))));
    case 'group':
      return { kind: 'group', members: flat(tree.members).map(normal) };
    case 'chord':
      return { kind: 'chord', header: flat(tree.header).map(normal), body: normal(tree.body) };
  }
}

function stepsOf(tree: CanvasTree): readonly CanvasTree[] {
  return tree.kind === 'chain' ? tree.steps : [tree];
}

/** In a chain, a group of one is its member. */
function unrolled(tree: CanvasTree): CanvasTree {
  const [only, ...more] = tree.kind === 'group' ? tree.members : [];
  return only && more.length === 0 ? only : tree;
}

function chainOf(all: readonly CanvasTree[]): CanvasTree {
  const steps: CanvasTree[] = [];
  for (const step of all) {
    const last = steps.pop();
    if (last) steps.push(...joined(last, step));
    else steps.push(step);
  }
  const [only, ...more] = steps;
  return only && more.length === 0 && only.kind !== 'group' ? only : { kind: 'chain', steps };
}

function joined(last: CanvasTree, step: CanvasTree): readonly CanvasTree[] {
  if (last.kind === 'group') return [{ kind: 'chord', header: last.members, body: step }];
  if (last.kind !== 'chord' || step.kind === 'chord') return [last, step];
  return [{ ...last, body: chainOf([...stepsOf(last.body), step]) }];
}

/** Celery turns the members of a group within a group around. @see celery.canvas.group._freeze_unroll */
function flat(members: readonly CanvasTree[]): readonly CanvasTree[] {
  return members.flatMap((member) =>
    member.kind === 'group' ? flat(member.members.toReversed()) : [member],
  );
}

/**
 * Whether Celery runs it as it is written. A group of one group is unrolled once or twice, a
 * group of one after a group never. What follows a chord whose
 * body ends in a group runs once for each member of the group, where it is a chord, a chain, or a group after two
 * groups: nothing makes a chord of the two.
 */
export function isSound(tree: CanvasTree): boolean {
  return !holdsOddity(tree) && isSoundAsRun(normal(tree));
}

function isSoundAsRun(tree: CanvasTree): boolean {
  if (tree.kind === 'task') return tree.links.every(isSoundAsRun);
  const before = tree.kind === 'chain' ? tree.steps.slice(0, -1) : [];
  return !before.some(endsInGroup) && childrenOf(tree).every(isSoundAsRun);
}

function holdsOddity(tree: CanvasTree): boolean {
  if (tree.kind === 'task') return tree.links.some(holdsOddity);
  return isGroupOfGroup(tree) || hasOddSteps(tree) || childrenOf(tree).some(holdsOddity);
}

function isGroupOfGroup(tree: CanvasTree): boolean {
  return tree.kind === 'group' && tree.members.length === 1 && unrolled(tree).kind === 'group';
}

/** Whether a step is joined to those before it in another way than a task would be. */
function hasOddSteps(tree: CanvasTree): boolean {
  if (tree.kind !== 'chain') return false;
  return tree.steps.some((step, index) => {
    const { kind } = unrolled(step);
    if (index === 0 || (kind === 'task' && step.kind === 'task')) return false;
    const before = stepsOf(normal({ kind: 'chain', steps: tree.steps.slice(0, index) }));
    const last = before.at(-1);
    if (step.kind === 'group' && kind !== 'group') return last?.kind === 'group';
    const staysApart = kind === 'chain' || (kind === 'group' && before.length === 1);
    return staysApart && last?.kind === 'chord' && endsInGroup(last);
  });
}

function endsInGroup(tree: CanvasTree): boolean {
  switch (tree.kind) {
    case 'task':
      return false;
    case 'group':
      return true;
    case 'chord':
      return endsInGroup(tree.body);
    case 'chain':
      return endsInGroup(tree.steps.at(-1) as CanvasTree);
  }
}

import { reprException } from '../../lib/protocol/index.ts';
import { type CanvasTree, childrenOf, type ErrbackNode, type TaskNode } from './canvas-tree.ts';
import { taskValue } from './canvas-value.ts';

/** What a task failed with. */
export interface Failure {
  readonly type: string;
  /** undefined: whatever it says. */
  readonly text: string | undefined;
}

/** How a task of a canvas has to end. */
export type Expected =
  | { readonly status: 'SUCCESS'; readonly value: unknown }
  | { readonly status: 'FAILURE'; readonly failure: Failure }
  | { readonly status: 'REVOKED' };

/** What a sequential run of a canvas comes to. */
export interface Expectations {
  /** Every task that has to end. Nothing may ever be heard of the others, but for `free` ones. */
  readonly ends: ReadonlyMap<string, Expected>;
  /** Errbacks of bodies within a body, which Celery calls or not depending on how the body is written. */
  readonly free: ReadonlySet<string>;
}

type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly failure: Failure };

type Chain = Extract<CanvasTree, { kind: 'chain' }>;
type Chord = Extract<CanvasTree, { kind: 'chord' }>;

/**
 * Evaluates canvases one task after another, by Celery's rules.
 *
 * @param wasRevoked Whether this task ended as revoked: when that comes too late is not foreseen.
 */
export function evaluate(
  trees: readonly CanvasTree[],
  wasRevoked: (label: string) => boolean,
): Expectations {
  const evaluation = new Evaluation(wasRevoked);
  for (const tree of trees) evaluation.run(normal(tree), []);
  return evaluation;
}

class Evaluation implements Expectations {
  readonly ends = new Map<string, Expected>();
  readonly free = new Set<string>();
  readonly #wasRevoked: (label: string) => boolean;

  constructor(wasRevoked: (label: string) => boolean) {
    this.#wasRevoked = wasRevoked;
  }

  run(tree: CanvasTree, front: readonly unknown[]): Outcome {
    switch (tree.kind) {
      case 'task':
        return this.#task(tree, front);
      case 'chain':
        return this.#chain(tree, front);
      case 'group':
        return together(tree.members.map((member) => this.run(member, front)));
      case 'chord':
        return this.#chord(tree, front);
    }
  }

  #task(task: TaskNode, given: readonly unknown[]): Outcome {
    const { label, behaviour, immutable, links, errbacks } = task;
    if (this.#wasRevoked(label)) {
      this.ends.set(label, { status: 'REVOKED' });
      return failed('TaskRevokedError', undefined);
    }
    const failure = failures[behaviour]?.(label);
    if (failure) {
      this.#fail(task, failure);
      for (const errback of errbacks) this.#call(errback, label, failure);
      return { kind: 'failed', failure };
    }
    const value = taskValue(label, immutable ? [] : given);
    this.ends.set(label, { status: 'SUCCESS', value });
    for (const link of links) this.run(link, [value]);
    return { kind: 'value', value };
  }

  #chain({ steps }: Chain, front: readonly unknown[]): Outcome {
    let outcome: Outcome | undefined;
    for (const step of steps) {
      if (outcome?.kind === 'failed') this.#fail(step, outcome.failure);
      else outcome = this.run(step, outcome ? [outcome.value] : front);
    }
    return outcome as Outcome;
  }

  #chord({ header, body }: Chord, front: readonly unknown[]): Outcome {
    const parts = together(header.map((part) => this.run(part, front)));
    if (parts.kind === 'value') return this.run(body, [parts.value]);
    const failure = { type: 'ChordError', text: reprOf(parts.failure) };
    if (body.kind === 'group') this.#fail(body, parts.failure);
    else this.#fail(body, failure);
    if (body.kind !== 'task') this.#leaveFree(body);
    else for (const errback of body.errbacks) this.#call(errback, body.label, failure);
    return { kind: 'failed', failure };
  }

  #leaveFree(body: CanvasTree): void {
    for (const { label } of awaited(body).flatMap(({ errbacks }) => errbacks)) this.free.add(label);
  }

  /** It never runs: whoever waits for it is told why. */
  #fail(tree: CanvasTree, failure: Failure): void {
    for (const { label } of awaited(tree)) this.ends.set(label, { status: 'FAILURE', failure });
  }

  #call({ label, declared }: ErrbackNode, failed: string, { type }: Failure): void {
    const told = declared ? [failed, type] : [failed];
    this.ends.set(label, { status: 'SUCCESS', value: taskValue(label, told) });
  }
}

const failures: Partial<Record<TaskNode['behaviour'], (label: string) => Failure>> = {
  fail: (label) => ({ type: 'ValueError', text: label }),
  killer: () => ({ type: 'WorkerLostError', text: undefined }),
  unknown: () => ({ type: 'NotRegistered', text: 'unknown' }),
};

function failed(type: string, text: string | undefined): Outcome {
  return { kind: 'failed', failure: { type, text } };
}

function reprOf({ type, text }: Failure): string | undefined {
  if (text === undefined) return undefined;
  return reprException({ exc_type: type, exc_message: [text], exc_module: null });
}

/** The values in order, or the first failure. */
function together(outcomes: readonly Outcome[]): Outcome {
  const values: unknown[] = [];
  for (const outcome of outcomes) {
    if (outcome.kind === 'failed') return outcome;
    values.push(outcome.value);
  }
  return { kind: 'value', value: values };
}

/** The tasks that somebody may wait for: of a chord, its body's. */
function awaited(tree: CanvasTree): readonly TaskNode[] {
  if (tree.kind === 'task') return [tree];
  return tree.kind === 'chord' ? awaited(tree.body) : childrenOf(tree).flatMap(awaited);
}

/** As Celery runs it: chains spliced into chains, groups flattened, a group and what follows it a chord. */
export function normal(tree: CanvasTree): CanvasTree {
  switch (tree.kind) {
    case 'task':
      return { ...tree, links: tree.links.map(normal) };
    case 'chain':
      return chainOf(tree.steps.map(normal).flatMap((step) => stepsOf(step)));
    case 'group':
      return { kind: 'group', members: flat(tree.members.map(normal)) };
    case 'chord':
      return { kind: 'chord', header: flat(tree.header.map(normal)), body: normal(tree.body) };
  }
}

function stepsOf(tree: CanvasTree): readonly CanvasTree[] {
  if (tree.kind === 'chain') return tree.steps;
  const [only, ...more] = tree.kind === 'group' ? tree.members : [];
  return [only && more.length === 0 ? only : tree];
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
  const before = last.body.kind === 'chain' ? last.body.steps : [last.body];
  return [{ ...last, body: chainOf([...before, step]) }];
}

/** Celery turns the members of a group within a group around. @see celery.canvas.group._freeze_unroll */
function flat(members: readonly CanvasTree[]): readonly CanvasTree[] {
  return members.flatMap((member) =>
    member.kind === 'group' ? flat(member.members.toReversed()) : [member],
  );
}

import { reprException } from '../../lib/protocol/index.ts';
import { normal } from './canvas-normal.ts';
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
      if (step.kind === 'chord' && step !== steps.at(-1)) this.#leaveFree(step.body);
      if (outcome?.kind === 'failed') this.#fail(step, outcome.failure);
      else outcome = this.run(step, outcome ? [outcome.value] : front);
    }
    return outcome as Outcome;
  }

  #chord({ header, body }: Chord, front: readonly unknown[]): Outcome {
    const parts = together(header.map((part) => this.run(part, front)));
    if (parts.kind === 'value') return this.run(body, [parts.value]);
    const failure = toBody(body, parts.failure);
    this.#fail(body, failure);
    if (body.kind === 'task')
      for (const errback of body.errbacks) this.#call(errback, body.label, failure);
    else this.#leaveFree(body);
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

/** The members of a group that was to be the body fail with what the part did. */
function toBody(body: CanvasTree, failure: Failure): Failure {
  return body.kind === 'group' ? failure : { type: 'ChordError', text: reprOf(failure) };
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

import { isFinal, type ResultTuple, TaskState } from '../protocol/index.ts';
import { collect, graphOf } from './descendants.ts';
import { withParents } from './leaves.ts';
import type { ResultGraph } from './result-graph.ts';
import type { GetOptions, Results, RevokeOptions } from './results.ts';
import { hasNoOutcome, type Snapshot } from './snapshot.ts';

/** What a result is known to be besides its id. */
export interface AsyncResultOptions {
  /** Sent with `ignoreResult`. @default false */
  readonly ignored?: boolean;
  /** What came before it in a chain. */
  readonly parent?: ResultTuple | null;
  /** How it and others ended, by their ids, where all of its workflow ran in this process. */
  readonly workflow?: ReadonlyMap<string, Snapshot>;
}

/** Of this room alone: what its results are read through. */
export let ownerOf: (result: AsyncResult) => Results;

/** Of this room alone: whether the task is known to have ended. */
export let isKept: (result: AsyncResult) => boolean;

/** Of this room alone: keeps how the task ended, as others have read it; undefined: keeps it no more. */
export let keep: (result: AsyncResult, snapshot: Snapshot | undefined) => void;

/**
 * The result of one task, by its id. Every question is a read of the results table, so every answer is a promise,
 * where Python has properties; once the task has ended its state is kept here and not read again.
 *
 * A task nobody has heard of is `PENDING`, as one that waits in its queue: the table cannot tell them apart.
 *
 * @see celery.result.AsyncResult
 */
export class AsyncResult<out T = unknown> {
  /** The task's id. */
  readonly id: string;
  /** Sent with `ignoreResult`: nothing will be stored, and `get` answers null at once. */
  readonly ignored: boolean;
  readonly #results: Results;
  readonly #parentTuple: ResultTuple | null;
  readonly #workflow: ReadonlyMap<string, Snapshot> | undefined;
  #parent: AsyncResult | undefined;
  #ended: Snapshot | undefined;

  static {
    ownerOf = (result) => result.#results;
    isKept = (result) => result.#ended !== undefined;
    keep = (result, snapshot) => {
      result.#ended = snapshot;
    };
  }

  constructor(id: string, results: Results, options: AsyncResultOptions = {}) {
    this.id = id;
    this.ignored = options.ignored ?? false;
    this.#results = results;
    this.#parentTuple = options.parent ?? null;
    this.#workflow = options.workflow;
    this.#ended = options.workflow?.get(id);
  }

  /** The result before this one in a chain; of what was made from an id alone it is not known. */
  get parent(): AsyncResult | undefined {
    this.#parent ??= this.#parentTuple
      ? this.#results.resultFromTuple(this.#parentTuple, this.#workflow)
      : undefined;
    return this.#parent;
  }

  /**
   * Waits until the task has ended, and resolves with its value: null for one that threw `Ignore` or `Reject` in an
   * eager run, as in Celery.
   *
   * @throws the task's error, unless `propagate` is false: TaskRevokedError for one that was revoked
   * @throws TimeoutError after `timeout` seconds; the task goes on
   * @throws RangeError for a timeout or interval that is no number from 0 on
   * @throws RuntimeError inside a task, unless `disableSyncSubtasks` is false
   * @throws OperationalError when the results cannot be read
   */
  async get(options: GetOptions = {}): Promise<T> {
    if (this.ignored) return null as T;
    if (this.#ended === undefined) {
      if (options.disableSyncSubtasks !== false) this.#results.assertWillNotBlock(this.id);
      this.#ended = await this.#results.wait(this.id, options);
    }
    const { document, result } = this.#ended;
    if (hasNoOutcome(this.#ended)) return null as T;
    if (document.status !== TaskState.SUCCESS && options.propagate !== false) throw result;
    return result as T;
  }

  /** The task has ended: it succeeded, failed or was revoked, or asked for no state in an eager run. */
  async ready(): Promise<boolean> {
    const state = await this.state();
    return this.#ended !== undefined || isFinal(state);
  }

  /** The task has ended well. */
  async successful(): Promise<boolean> {
    return (await this.state()) === TaskState.SUCCESS;
  }

  /** The task has ended with an error. */
  async failed(): Promise<boolean> {
    return (await this.state()) === TaskState.FAILURE;
  }

  /** The task's state: Celery's, or one that it set with `updateState`. */
  async state(): Promise<string> {
    if (this.#ended) return this.#ended.document.status;
    const glance = await this.#results.glance(this.id);
    if (glance?.snapshot?.final) this.#ended = glance.snapshot;
    return glance?.status ?? TaskState.PENDING;
  }

  /** The value; the error of a task that failed, or the `Ignore` that it threw; the meta of a state in between; undefined while pending. */
  async result(): Promise<unknown> {
    return (await this.#look())?.result;
  }

  /** The same as `result`, as Celery calls it for states in between. */
  async info(): Promise<unknown> {
    return this.result();
  }

  /** The traceback of a task that failed, as text. */
  async traceback(): Promise<string | null> {
    return (await this.#look())?.document.traceback ?? null;
  }

  /** What this task sent: tasks and groups. */
  async children(): Promise<readonly AsyncResult[]> {
    const tuples = (await this.#look())?.document.children ?? [];
    return tuples.map((tuple) => this.#results.resultFromTuple(tuple, this.#workflow));
  }

  /**
   * This result and all that follows from it, level by level, each with its value. Waits for one after the other.
   *
   * @throws as `get`, of each
   * @example for await (const [result, value] of root.collect()) console.log(result.id, value);
   * @see celery.result.AsyncResult.collect
   */
  collect(
    options: GetOptions = {},
  ): AsyncGenerator<readonly [result: AsyncResult, value: unknown], void, undefined> {
    return collect(this, options);
  }

  /**
   * This result and all that follows from it, as it stands now: what has not ended may still send more.
   *
   * @throws OperationalError
   * @example console.log((await result.graph()).toMermaid());
   * @see celery.result.AsyncResult.graph
   */
  graph(): Promise<ResultGraph> {
    return graphOf(this);
  }

  /** When the task ended; null before, and where another writer's text is no date. */
  async dateDone(): Promise<Date | null> {
    const dateDone = (await this.#look())?.document.dateDone;
    return dateDone instanceof Date ? dateDone : null;
  }

  /** The task's name. This and what follows is stored with the setting `resultExtended`, else null. */
  async name(): Promise<string | null> {
    return (await this.#look())?.document.name ?? null;
  }

  /** The positional arguments it was called with: a list, or the text that old workers wrote of it. */
  async args(): Promise<unknown> {
    return (await this.#look())?.document.args ?? null;
  }

  /** The keyword arguments it was called with: an object, or the text that old workers wrote of it. */
  async kwargs(): Promise<unknown> {
    return (await this.#look())?.document.kwargs ?? null;
  }

  /** The host name of the worker that ran it. */
  async worker(): Promise<string | null> {
    return (await this.#look())?.document.worker ?? null;
  }

  /** How often it had been retried. */
  async retries(): Promise<number | null> {
    return (await this.#look())?.document.retries ?? null;
  }

  /** The queue it came from. */
  async queue(): Promise<string | null> {
    return (await this.#look())?.document.queue ?? null;
  }

  /** Deletes the stored result, and those of its parents. @throws OperationalError */
  async forget(): Promise<void> {
    await forgetAll([this]);
  }

  /**
   * Revokes the task: if it waits, in a queue or for its time, it ends REVOKED and never starts; if it runs it goes on,
   * unless `terminate` is given.
   *
   * @throws OperationalError
   * @see celery.result.AsyncResult.revoke
   */
  async revoke(options: RevokeOptions = {}): Promise<void> {
    await this.#results.revoke([this.id], options);
  }

  /** How Celery refers to it: what a saved group and a task's `children` hold. @see celery.result.AsyncResult.as_tuple */
  asTuple(): ResultTuple {
    return [[this.id, this.#parentTuple], null];
  }

  async #look(): Promise<Snapshot | undefined> {
    if (this.#ended) return this.#ended;
    const snapshot = await this.#results.read(this.id);
    if (snapshot?.final) this.#ended = snapshot;
    return snapshot;
  }
}

/** Deletes the stored results of these, and of their parents, each once. @throws OperationalError */
export async function forgetAll(results: readonly AsyncResult[]): Promise<void> {
  const [first] = results;
  if (first === undefined) return;
  const all = withParents(results);
  for (const result of all) keep(result, undefined);
  await ownerOf(first).forget([...new Set(all.map(({ id }) => id))]);
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { AnySignature, Signature } from '../canvas/index.ts';
import { ImproperlyConfigured, Retry } from '../errors.ts';
import { firstResult, type ResultTuple, TaskState, type WireSignature } from '../protocol/index.ts';
import type { AsyncResult, Snapshot } from '../results/index.ts';
import type { Celery } from './celery.ts';
import { ownRetry } from './own-retry.ts';
import { replacementOf } from './replacement.ts';
import type { TaskRequest } from './request.ts';
import { planRetry, type RetryOptions } from './retry.ts';
import type { RetrySettings } from './task-options.ts';

/** A state that a task reports while it runs. */
export interface StateUpdate {
  /** A name of your own, such as `PROGRESS`. */
  readonly state: string;
  /** What `AsyncResult.info()` answers meanwhile. */
  readonly meta?: unknown;
}

/**
 * The running task, as its handler sees it: the first argument with `bind: true`, and what `currentTask()` answers.
 *
 * @see celery.app.task.Task
 */
export interface Self {
  /** The task's name. */
  readonly name: string;
  readonly app: Celery;
  readonly request: TaskRequest;
  /**
   * Aborted by the soft limit; and when the run is over although the handler is not: hard limit, `terminate`, a lost lease,
   * the invocation's end.
   */
  readonly signal: AbortSignal;
  /**
   * Stores a state in between. A task called as a plain function has no result, so nothing is stored then.
   *
   * @throws ImproperlyConfigured, awaited or not, for a state that ends a run: SUCCESS, FAILURE, REVOKED, RETRY. Celery
   *   stores those as well, and then loses how the task ended.
   * @see celery.app.task.Task.update_state
   */
  updateState(update: StateUpdate): Promise<void>;
  /**
   * Ends this run and has the task run again later, under the same id.
   *
   * @throws Retry, always; or `exc`, else MaxRetriesExceededError, when there are no retries left.
   *   A task called as a plain function throws `exc`, or a Retry that runs nothing again: it fails the task that called.
   * @see celery.app.task.Task.retry
   */
  retry(options?: RetryOptions & { readonly throw?: true }): never;
  /** Answers the Retry, for the task to throw. */
  retry(options: RetryOptions & { readonly throw: false }): Retry;
  /**
   * Ends this run and has a signature go on in the task's place: under its id, with its place in group, chord and chain,
   * its callbacks and errbacks. The values of a group are collected in a list.
   *
   * @throws Ignore, always; nothing is stored. A redelivery of the replaced message runs the task again, until something
   *   is stored of what took its place.
   * @throws ImproperlyConfigured for a part of a chord, an empty chain, and a task called as a plain function
   * @see celery.app.task.Task.replace
   */
  replace(signature: AnySignature): never;
  /**
   * Adds a signature to the chord that this task is a part of, and sends it: its value comes after those of all others,
   * and the body waits for it. Every run of this attempt adds the same, once.
   *
   * @throws ImproperlyConfigured for a task that is no part of a chord; ChordError for a chord that is joined or gone;
   *   and as `applyAsync`
   * @see celery.app.task.Task.add_to_chord
   */
  addToChord<R>(signature: Signature<[], R>): Promise<AsyncResult<R>>;
  /**
   * Counts a task that others sent among this one's children. What this task sends is among them already.
   *
   * @see celery.app.task.Task.add_trail
   */
  addTrail(result: AsyncResult): void;
}

/** One run of a task, as whoever runs it provides it. */
export interface ExecutionContext {
  readonly request: TaskRequest;
  readonly signal: AbortSignal;
  updateState(update: StateUpdate): Promise<void>;
  /** @throws why the run is over although its handler goes on: it may do nothing through the library any more */
  assertOpen(): void;
  /** Filled with the tasks that this one sends. */
  readonly children: ResultTuple[];
  /** Adds a part to the chord of this run's task, and sends it. Throws as `Self.addToChord`. */
  addToChord(signature: WireSignature): Promise<ResultTuple>;
  /** How the tasks of this workflow ended so far, where it runs in this process. */
  readonly workflow?: ReadonlyMap<string, Snapshot>;
}

interface Running {
  readonly self: Self;
  /** The run that tasks sent now are children of; a plain call within a run is part of that run. */
  readonly context: ExecutionContext | undefined;
}

const running = new AsyncLocalStorage<Running>();

/** The task that runs now, with or without `bind`; undefined outside of tasks. @see celery.current_task */
export function currentTask(): Self | undefined {
  return running.getStore()?.self;
}

/** The run that tasks sent now are children of. */
export function currentContext(): ExecutionContext | undefined {
  return running.getStore()?.context;
}

/** Runs `handler` as the task `name`; what it awaits is part of it. */
export function runInContext<R>(
  app: Celery,
  { name, options }: { readonly name: string; readonly options: RetrySettings },
  context: ExecutionContext,
  handler: (self: Self) => R,
): R {
  const self = new RunningSelf(app, name, context, options);
  return running.run({ self, context }, handler, self);
}

class RunningSelf implements Self {
  readonly app: Celery;
  readonly name: string;
  readonly request: TaskRequest;
  /** Bound, as Python's methods are. */
  readonly updateState: Self['updateState'] = this.#updateState.bind(this);
  readonly retry: Self['retry'] = this.#retry.bind(this) as Self['retry'];
  readonly #context: ExecutionContext;
  readonly #settings: RetrySettings;

  constructor(app: Celery, name: string, context: ExecutionContext, settings: RetrySettings) {
    this.app = app;
    this.name = name;
    this.request = context.request;
    this.#context = context;
    this.#settings = settings;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  /** Few tasks ask for these: they are bound when they do. */
  get replace(): Self['replace'] {
    return this.#replace.bind(this);
  }

  get addToChord(): Self['addToChord'] {
    return this.#addToChord.bind(this) as Self['addToChord'];
  }

  get addTrail(): Self['addTrail'] {
    return this.#addTrail.bind(this);
  }

  #updateState(update: StateUpdate): Promise<void> {
    checkState(this.name, update.state);
    return this.#context.updateState(update);
  }

  #retry(options: RetryOptions = {}): Retry {
    const retry = planRetry(this.request, this.#settings, options, this.app.clock.now());
    if (options.throw === false) return retry;
    throw retry;
  }

  #replace(signature: AnySignature): never {
    throw replacementOf(this.app, this.request, signature);
  }

  async #addToChord(signature: AnySignature): Promise<AsyncResult> {
    this.#context.assertOpen();
    const added = await this.#context.addToChord(signature.toJSON());
    this.#context.children.push(firstResult(added));
    return this.app.resultFromTuple(added);
  }

  #addTrail(result: AsyncResult): void {
    this.#context.children.push(result.asTuple());
  }
}

/** How a task says that its run has ended. */
const endings: ReadonlyMap<string, string> = new Map([
  [TaskState.SUCCESS, 'return a value'],
  [TaskState.FAILURE, 'throw an error'],
  [TaskState.REVOKED, 'revoke it by control.revoke'],
  [TaskState.RETRY, 'call self.retry'],
]);

function checkState(task: string, state: string): void {
  const ending = endings.get(state);
  if (ending === undefined) return;
  throw new ImproperlyConfigured(
    `${task} cannot set itself to ${state} while it runs: ${ending}, or report a state of your own, such as PROGRESS`,
  );
}

/** Runs `handler` as a plain call: there is no message, no result, and the run around it stays the parent. */
export function runDirectly<R>(
  app: Celery,
  name: string,
  makeRequest: () => TaskRequest,
  handler: (self: Self) => R,
): R {
  const outer = running.getStore();
  const self = new DirectSelf(app, name, makeRequest, outer?.self.signal);
  return running.run({ self, context: outer?.context }, handler, self);
}

/** Most plain calls never look at their request, so it is made when they do. */
class DirectSelf implements Self {
  readonly app: Celery;
  readonly name: string;
  readonly #makeRequest: () => TaskRequest;
  #request: TaskRequest | undefined;
  #signal: AbortSignal | undefined;

  constructor(
    app: Celery,
    name: string,
    makeRequest: () => TaskRequest,
    signal: AbortSignal | undefined,
  ) {
    this.app = app;
    this.name = name;
    this.#makeRequest = makeRequest;
    this.#signal = signal;
  }

  get request(): TaskRequest {
    this.#request ??= this.#makeRequest();
    return this.#request;
  }

  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal;
    return this.#signal;
  }

  async updateState(): Promise<void> {}

  retry(options: RetryOptions = {}): never {
    throw options.exc ?? ownRetry(this.request, new Retry(undefined, null));
  }

  replace(): never {
    throw calledDirectly(this.name, 'its id and place cannot be taken');
  }

  async addToChord(): Promise<never> {
    throw calledDirectly(this.name, 'it is no part of a chord');
  }

  addTrail(result: AsyncResult): void {
    currentContext()?.children.push(result.asTuple());
  }
}

function calledDirectly(task: string, consequence: string): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `${task} was called as a plain function, not sent, so ${consequence}: send it, or run it by runEagerly`,
  );
}

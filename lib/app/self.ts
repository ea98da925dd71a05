import { AsyncLocalStorage } from 'node:async_hooks';
import { Retry } from '../errors.ts';
import type { ResultTuple } from '../protocol/index.ts';
import type { Celery } from './celery.ts';
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
  /** Aborted when the run is over although the handler is not: its worker has no time left. */
  readonly signal: AbortSignal;
  /** Stores a state in between. A task called as a plain function has no result, so nothing is stored then. */
  updateState(update: StateUpdate): Promise<void>;
  /**
   * Ends this run and has the task run again later, under the same id.
   *
   * @throws Retry, always; or `exc`, else MaxRetriesExceededError, when there are no retries left.
   *   A task called as a plain function throws `exc`, or the Retry.
   * @see celery.app.task.Task.retry
   */
  retry(options?: RetryOptions & { readonly throw?: true }): never;
  /** Answers the Retry, for the task to throw. */
  retry(options: RetryOptions & { readonly throw: false }): Retry;
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

  #updateState(update: StateUpdate): Promise<void> {
    return this.#context.updateState(update);
  }

  #retry(options: RetryOptions = {}): Retry {
    const retry = planRetry(this.request, this.#settings, options, this.app.clock.now());
    if (options.throw === false) return retry;
    throw retry;
  }
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
    throw options.exc ?? new Retry(undefined, null);
  }
}

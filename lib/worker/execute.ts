import type { ExecutionContext, StateUpdate } from '../app/index.ts';
import {
  CeleryError,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  TimeLimitExceeded,
} from '../errors.ts';
import type { ResultTuple } from '../protocol/index.ts';
import type { Runnable } from './incoming.ts';
import { requestOf } from './request-of.ts';
import { revocableOf } from './revocable.ts';
import { causeOfFailure, type RunLimits, runLimits } from './run-limits.ts';
import type { Invocation, WorkerRuntime } from './worker-runtime.ts';

/** How a run ended. */
export type RunOutcome =
  | {
      readonly kind: 'returned';
      readonly value: unknown;
      readonly children: readonly ResultTuple[];
    }
  | { readonly kind: 'raised'; readonly error: unknown; readonly children: readonly ResultTuple[] }
  /** Revoked with `terminate` while it ran, and left. */
  | { readonly kind: 'terminated'; readonly children: readonly ResultTuple[] }
  /** It still runs though the invocation's time is over; nothing it returns is heard. */
  | { readonly kind: 'timedOut' };

/** Stores a state that a running task reports. */
export type StoreState = (state: string, meta: unknown) => Promise<void>;

/** Binds the arguments and runs the handler, until a limit ends the run. */
export async function execute(
  runtime: WorkerRuntime,
  runnable: Runnable,
  invocation: Invocation,
  storeState: StoreState,
): Promise<RunOutcome> {
  const run = new Run(runtime, runnable, storeState);
  return await run.within(runLimits(runnable, invocation, runtime.clock.now()));
}

/** One run of a handler, which may go on after it was left; it can then do nothing through the library any more. */
class Run {
  readonly #runtime: WorkerRuntime;
  readonly #runnable: Runnable;
  readonly #context: ExecutionContext;
  readonly #storeState: StoreState;
  readonly #abort = new AbortController();
  #left = false;

  constructor(runtime: WorkerRuntime, runnable: Runnable, storeState: StoreState) {
    this.#runtime = runtime;
    this.#runnable = runnable;
    this.#storeState = storeState;
    const abort = this.#abort;
    this.#context = {
      request: requestOf(runtime, runnable),
      /** Node makes a signal when it is first asked for, and few handlers ask. */
      get signal() {
        return abort.signal;
      },
      children: [],
      assertOpen: () => this.#assertOpen(),
      updateState: (update) => this.#updateState(update),
    };
  }

  /** A handler that does not await it, as in Python, must not end its process by an unhandled rejection. */
  #updateState(update: StateUpdate): Promise<void> {
    const stored = this.#storeUpdate(update);
    stored.catch((error: unknown) => {
      const { id, task } = this.#context.request;
      const fields = { id, name: task, error };
      this.#runtime.logger.warn('A state that a task reported was not stored', fields);
    });
    return stored;
  }

  async #storeUpdate({ state, meta }: StateUpdate): Promise<void> {
    this.#assertOpen();
    await this.#storeState(state, meta);
  }

  async within({ softAt, endAt, hardSeconds }: RunLimits): Promise<RunOutcome> {
    const cancelSoft = this.#at(softAt, () => this.#abort.abort(new SoftTimeLimitExceeded()));
    let cancelEnd = () => {};
    let unwatch = () => {};
    const end = new Promise<RunOutcome>((resolve) => {
      cancelEnd = this.#at(endAt, () => resolve(this.#leave(hardSeconds)));
      unwatch = this.#watch(() => resolve(this.#terminate()));
    });
    try {
      return await Promise.race([this.#run(), end]);
    } finally {
      cancelSoft();
      cancelEnd();
      unwatch();
    }
  }

  async #run(): Promise<RunOutcome> {
    const { task, message } = this.#runnable;
    const { children } = this.#context;
    try {
      const handlerArgs = await task.bind(message.args, message.kwargs);
      return { kind: 'returned', value: await task.run(this.#context, handlerArgs), children };
    } catch (error) {
      return { kind: 'raised', error: causeOfFailure(error, this.#abort), children };
    }
  }

  #leave(hardSeconds: number | undefined): RunOutcome {
    this.#left = true;
    const error = hardSeconds === undefined ? timeIsOver() : new TimeLimitExceeded(hardSeconds);
    this.#abort.abort(error);
    if (hardSeconds === undefined) return { kind: 'timedOut' };
    return { kind: 'raised', error, children: this.#context.children };
  }

  #watch(end: () => void): () => void {
    const task = revocableOf(this.#runnable);
    return task ? this.#runtime.terminations.watch(task, end) : () => {};
  }

  #terminate(): RunOutcome {
    this.#left = true;
    this.#abort.abort(new TaskRevokedError('terminated'));
    return { kind: 'terminated', children: this.#context.children };
  }

  #at(time: number, act: () => void): () => void {
    if (time === Number.POSITIVE_INFINITY) return () => {};
    const { clock } = this.#runtime;
    return clock.setTimer(time - clock.now(), act);
  }

  #assertOpen(): void {
    if (this.#left) throw this.#abort.signal.reason;
  }
}

function timeIsOver(): CeleryError {
  return new CeleryError('The worker has no time left for this run; the task will start again');
}

import type { ExecutionContext, StateUpdate } from '../app/index.ts';
import type { TaskRequest } from '../app/request.ts';
import {
  CeleryError,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  TimeLimitExceeded,
} from '../errors.ts';
import type { ResultTuple, WireSignature } from '../protocol/index.ts';
import { addToChord } from './following/add-to-chord.ts';
import type { Runnable } from './incoming.ts';
import { requestOf } from './request-of.ts';
import { type RunLimits, runLimits } from './run-limits.ts';
import { revocableOf } from './starting/revocable.ts';
import type { Step } from './step.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

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
  | { readonly kind: 'timedOut' }
  /** It still runs though another may run it too; nothing it returns is heard. */
  | { readonly kind: 'fenced' };

/** Stores a state that a running task reports. */
export type StoreState = (state: string, meta: unknown) => Promise<void>;

/** Calls `lost` when the run may not go on; the answered function stops watching. */
export interface RunLease {
  watch(lost: () => void): () => void;
}

/** Binds the arguments and runs the handler, until a limit ends the run. */
export async function execute(step: Step, storeState: StoreState): Promise<RunOutcome> {
  const { runtime, runnable, lease } = step;
  const run = new Run(runtime, runnable, storeState);
  return await run.within(runLimits(step, runtime.clock.now()), lease);
}

/** One run of a handler, which may go on after it was left; it can then do nothing through the library any more. */
class Run implements ExecutionContext {
  readonly request: TaskRequest;
  readonly children: ResultTuple[] = [];
  readonly #runtime: WorkerRuntime;
  readonly #runnable: Runnable;
  readonly #storeState: StoreState;
  readonly #abort = new AbortController();
  #left = false;
  #ended = false;
  /** How often something was to be added to the chord. */
  #additions = 0;
  readonly #added: ResultTuple[] = [];

  constructor(runtime: WorkerRuntime, runnable: Runnable, storeState: StoreState) {
    this.#runtime = runtime;
    this.#runnable = runnable;
    this.#storeState = storeState;
    this.request = requestOf(runtime, runnable);
  }

  /** Node makes a signal when it is first asked for, and few handlers ask. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  assertOpen(): void {
    if (this.#left) throw this.#abort.signal.reason;
  }

  /** A handler that does not await it, as in Python, must not end its process by an unhandled rejection. */
  updateState(update: StateUpdate): Promise<void> {
    const stored = this.#storeUpdate(update);
    stored.catch((error: unknown) => {
      const { id, task } = this.request;
      const fields = { id, name: task, error };
      this.#runtime.logger.warn('A state that a task reported was not stored', fields);
    });
    return stored;
  }

  async addToChord(signature: WireSignature): Promise<ResultTuple> {
    const before = { place: this.#additions++, added: this.#added };
    const result = await addToChord(this.#runtime, this.#runnable, signature, before);
    this.#added.push(result);
    return result;
  }

  /** What comes late would stay: of a task whose result is ignored, no end is stored over it. */
  async #storeUpdate({ state, meta }: StateUpdate): Promise<void> {
    this.assertOpen();
    if (this.#ended) throw new CeleryError(`The run has ended: it can report ${state} no more`);
    await this.#storeState(state, meta);
  }

  /** Ends with the handler, or before it by a limit or a revoke. */
  async within(limits: RunLimits, lease: RunLease | undefined): Promise<RunOutcome> {
    const watches: (() => void)[] = [];
    try {
      return await new Promise<RunOutcome>((end, fail) => {
        this.#watch(limits, end, watches);
        if (lease) watches.push(lease.watch(() => end(this.#fence())));
        this.#run().then(end, fail);
      });
    } finally {
      this.#ended = true;
      for (const stop of watches) stop();
    }
  }

  #watch(
    { softAt, endAt, hardSeconds }: RunLimits,
    end: (outcome: RunOutcome) => void,
    watches: (() => void)[],
  ): void {
    const { clock, terminations } = this.#runtime;
    const now = clock.now();
    if (Number.isFinite(softAt)) {
      watches.push(
        clock.setTimer(softAt - now, () => this.#abort.abort(new SoftTimeLimitExceeded())),
      );
    }
    if (Number.isFinite(endAt)) {
      watches.push(clock.setTimer(endAt - now, () => end(this.#leave(hardSeconds))));
    }
    const task = revocableOf(this.#runnable);
    if (task) watches.push(terminations.watch(task, () => end(this.#terminate())));
  }

  async #run(): Promise<RunOutcome> {
    const { task, message } = this.#runnable;
    const { children } = this;
    try {
      const handlerArgs = await task.bind(message.args, message.kwargs);
      return { kind: 'returned', value: await task.run(this, handlerArgs), children };
    } catch (error) {
      return { kind: 'raised', error, children };
    }
  }

  #leave(hardSeconds: number | undefined): RunOutcome {
    this.#left = true;
    const error = hardSeconds === undefined ? timeIsOver() : new TimeLimitExceeded(hardSeconds);
    this.#abort.abort(error);
    if (hardSeconds === undefined) return { kind: 'timedOut' };
    return { kind: 'raised', error, children: this.children };
  }

  #fence(): RunOutcome {
    this.#left = true;
    this.#abort.abort(new CeleryError('Another delivery may run this task: its lease was lost'));
    return { kind: 'fenced' };
  }

  #terminate(): RunOutcome {
    this.#left = true;
    this.#abort.abort(new TaskRevokedError('terminated'));
    return { kind: 'terminated', children: this.children };
  }
}

function timeIsOver(): CeleryError {
  return new CeleryError('The worker has no time left for this run; the task will start again');
}

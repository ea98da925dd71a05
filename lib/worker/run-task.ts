import { EncodeError, isA, TaskPredicate, TaskRevokedError, TimeLimitExceeded } from '../errors.ts';
import type { StoredResult } from '../ports/index.ts';
import { TaskState } from '../protocol/index.ts';
import { execute, type RunOutcome } from './execute.ts';
import { finishAsAsked } from './finish-as-asked.ts';
import { follow } from './follow.ts';
import { refuseDelivery } from './refuse-delivery.ts';
import { backOff, giveBack, type Settlement, settle } from './settlement.ts';
import { failure, revocation, type StateContent, stateDocument } from './state-document.ts';
import {
  ignoresResult,
  logFields,
  overtaken,
  reportEnd,
  type Step,
  type StepOutcome,
  storesErrors,
} from './step.ts';
import { isFinished, isReopened, storeState } from './store-state.ts';
import { withPayload } from './with-payload.ts';

type Ended = Exclude<RunOutcome, { kind: 'timedOut' }>;

/** What the record of a suspect's starts wants to hear. */
export interface StartWatch {
  /** The invocation's time ended before the run did. */
  cutShort(): Promise<void>;
  /** The run ended, and its state tells so, or it is to start again: the mark may go. */
  heard(): Promise<void>;
  /** The run ended, and no result will tell. */
  endedUntold(): Promise<void>;
}

const nothing = async () => {};
const noWatch: StartWatch = { cutShort: nothing, heard: nothing, endedUntold: nothing };

/**
 * Runs a task, stores how it ended, and follows that.
 *
 * @throws OperationalError
 */
export async function runTask(
  step: Step,
  item: StoredResult | undefined,
  watch: StartWatch = noWatch,
): Promise<StepOutcome> {
  const incoming = await withPayload(step.runtime, step.runnable);
  if (incoming.kind === 'refused') return await refuseDelivery(step.runtime, incoming, item);
  return await runLoaded({ ...step, runnable: incoming }, item, watch);
}

async function runLoaded(
  step: Step,
  item: StoredResult | undefined,
  watch: StartWatch,
): Promise<StepOutcome> {
  const { runtime, runnable, invocation } = step;
  const progress = new Progress(step, item);
  if (runnable.task.options.trackStarted) {
    await progress.store(TaskState.STARTED, { pid: process.pid, hostname: runtime.hostname });
    if (progress.seen) return overtaken(progress.seen);
  }
  const startedAt = runtime.clock.now();
  const outcome = await execute(runtime, runnable, invocation, (state, meta) =>
    progress.store(state, meta),
  );
  if (outcome.kind === 'timedOut') return await leaveRun(step, watch);
  return await finish(step, progress.seen, outcome, runtime.clock.now() - startedAt, watch);
}

/** States that are not final, stored one after another while a task runs. */
class Progress {
  /** The item that the next store has to beat; undefined once a state of ours is stored. */
  seen: StoredResult | undefined;
  readonly #step: Step;
  #last: Promise<void> = Promise.resolve();

  constructor(step: Step, item: StoredResult | undefined) {
    this.#step = step;
    this.seen = item;
  }

  store(status: string, result: unknown): Promise<void> {
    this.#last = this.#last
      .catch(() => {})
      .then(async () => {
        const { runtime, runnable } = this.#step;
        const state = stateDocument(runtime, runnable, { status, result });
        this.seen = await storeState(runtime, runnable, { ...state, seen: this.seen });
      });
    return this.#last;
  }
}

/** The handler goes on, unheard; the message comes back for another start. */
async function leaveRun(step: Step, watch: StartWatch): Promise<Settlement> {
  await watch.cutShort();
  step.runtime.logger.warn(
    'The invocation had no time left for the task: it is given back',
    logFields(step),
  );
  return step.first ? backOff(step.runnable.delivery.receiveCount) : giveBack(0);
}

/** Stores how the run ended, then follows what is stored: ours, or what was stored before us. */
async function finish(
  step: Step,
  seen: StoredResult | undefined,
  outcome: Ended,
  runtimeMs: number,
  watch: StartWatch,
): Promise<StepOutcome> {
  const { runtime, runnable } = step;
  if (outcome.kind === 'raised' && isA(outcome.error, TaskPredicate)) {
    try {
      return await finishAsAsked(step, seen, outcome.error, runtimeMs, watch);
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      return await finish(step, seen, { ...outcome, error }, runtimeMs, watch);
    }
  }
  const state = stateDocument(runtime, runnable, contentOf(outcome));
  const report = { runtimeMs, expected: isExpected(step, outcome), error: thrownBy(outcome) };
  if (!keeps(step, state.status, seen)) {
    await reportEnd(step, state, report);
    await watch.endedUntold();
    return settle;
  }
  const current = await storeState(runtime, runnable, { ...state, seen });
  await watch.heard();
  await reportEnd(step, state, report);
  return current && isFinished(current) ? await follow(step, current) : settle;
}

function contentOf(outcome: Ended): StateContent {
  if (outcome.kind === 'returned') {
    return { status: TaskState.SUCCESS, result: outcome.value, children: outcome.children };
  }
  if (outcome.kind === 'terminated') return revocation('terminated', outcome.children);
  const content = failure(outcome.error, outcome.children);
  return isA(outcome.error, TimeLimitExceeded) ? { ...content, traceback: null } : content;
}

function thrownBy(outcome: Ended): unknown {
  if (outcome.kind === 'terminated') return new TaskRevokedError('terminated');
  return outcome.kind === 'raised' ? outcome.error : undefined;
}

/** @see celery.app.task.Task.throws */
function isExpected({ runnable: { task } }: Step, outcome: Ended): boolean {
  return outcome.kind === 'raised' && task.options.throws.some((one) => isA(outcome.error, one));
}

/** A death that is on record is always replaced: the task did run in the end. */
function keeps(step: Step, status: string, seen: StoredResult | undefined): boolean {
  if (seen && isReopened(seen, step.runnable)) return true;
  return status === TaskState.SUCCESS ? !ignoresResult(step) : storesErrors(step);
}

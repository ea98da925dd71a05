import {
  EncodeError,
  ImproperlyConfigured,
  isA,
  QueueNotFound,
  TaskPredicate,
  TaskRevokedError,
  TimeLimitExceeded,
} from '../errors.ts';
import type { StoredResult } from '../ports/index.ts';
import { TaskState } from '../protocol/index.ts';
import { execute, type RunOutcome, type StoreState } from './execute.ts';
import { finishAsAsked } from './finish-as-asked.ts';
import { mayFollow } from './following/ended.ts';
import { follow } from './following/follow.ts';
import { followEnd } from './following/follow-end.ts';
import { type Following, prepareFollowing } from './following/follow-success.ts';
import { LastingFault, lastingFault } from './following/lasting-fault.ts';
import { refuseDelivery } from './refuse-delivery.ts';
import { yieldTo } from './retry-task.ts';
import { giveBack, giveBackLater, type Settlement, settle } from './settlement.ts';
import { waitForLease } from './starting/lease.ts';
import { failure, revocation, type StateContent, stateDocument } from './state-document.ts';
import {
  ignoresResult,
  isLate,
  late,
  logFields,
  overtaken,
  reportEnd,
  type Step,
  type StepOutcome,
  storesErrors,
} from './step.ts';
import { isFinished, isReopened, storeState } from './store-state.ts';
import { withPayload } from './with-payload.ts';

type Ended = Exclude<RunOutcome, { kind: 'timedOut' | 'fenced' }>;

/** What the record of a suspect's starts wants to hear. */
export interface StartWatch {
  /** The invocation's time ended before the run did. */
  cutShort(): Promise<void>;
  /** The run ended, and its state tells so: the mark may go. */
  heard(): Promise<void>;
  /** The run ended, and is to start again: the mark may go. */
  requeued(): Promise<void>;
  /** The run ended, and no result will tell. */
  endedUntold(): Promise<void>;
}

/**
 * Runs a task, stores how it ended, and follows that.
 *
 * @throws OperationalError
 */
export function runTask(
  step: Step,
  item: StoredResult | undefined,
  watch?: StartWatch,
): Promise<StepOutcome> {
  const isLoaded = step.runnable.message.reference === null;
  return isLoaded ? runLoaded(step, item, watch) : loadAndRun(step, item, watch);
}

async function loadAndRun(
  step: Step,
  item: StoredResult | undefined,
  watch: StartWatch | undefined,
): Promise<StepOutcome> {
  const incoming = await withPayload(step.runtime, step.runnable);
  if (incoming.kind === 'refused') return await refuseDelivery(step.runtime, incoming, item);
  return await runLoaded({ ...step, runnable: incoming }, item, watch);
}

/** Runs a task whose arguments are at hand; under a lease STARTED is stored already. @throws OperationalError */
export async function runLoaded(
  step: Step,
  item: StoredResult | undefined,
  watch: StartWatch | undefined,
): Promise<StepOutcome> {
  const { runtime, runnable } = step;
  const progress = new Progress(step, item);
  if (runnable.task.options.trackStarted && step.lease === undefined) {
    await progress.store(TaskState.STARTED, { pid: process.pid, hostname: runtime.hostname });
    if (progress.seen) return overtaken(progress.seen);
  }
  if (isLate(step)) return late;
  const startedAt = runtime.clock.now();
  const store: StoreState = (state, meta) => progress.store(state, meta);
  const outcome = await execute(step, store);
  if (outcome.kind === 'timedOut') return await leaveRun(step, watch);
  if (outcome.kind === 'fenced') return leaveFenced(step);
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
        const lease = this.#step.lease?.keep();
        this.seen = await storeState(runtime, runnable, { ...state, seen: this.seen, lease });
      });
    return this.#last;
  }
}

/** The handler goes on, unheard; the message comes back for another start. */
async function leaveRun(step: Step, watch: StartWatch | undefined): Promise<Settlement> {
  await watch?.cutShort();
  step.runtime.logger.warn(
    'The invocation had no time left for the task: it is given back',
    logFields(step),
  );
  return step.first ? giveBackLater(step.runnable.delivery.receiveCount) : giveBack(0);
}

/** The handler goes on, unheard, and another delivery may run the task by now: what is on record decides. */
function leaveFenced(step: Step): Settlement {
  step.runtime.logger.warn(
    'A run lost its lease: it is left, and nothing of it is stored',
    logFields(step),
  );
  return giveBackLater(step.runnable.delivery.receiveCount);
}

/** Stores how the run ended, then follows what is stored: ours, or what was stored before us. */
async function finish(
  step: Step,
  seen: StoredResult | undefined,
  outcome: Ended,
  runtimeMs: number,
  watch: StartWatch | undefined,
): Promise<StepOutcome> {
  const { runtime, runnable } = step;
  if (outcome.kind === 'raised' && isA(outcome.error, TaskPredicate)) {
    try {
      return await finishAsAsked(step, seen, outcome.error, runtimeMs, watch);
    } catch (error) {
      if (!canNeverBeSent(error)) throw error;
      return await finish(step, seen, { ...outcome, error }, runtimeMs, watch);
    }
  }
  const following = await followingOf(step, outcome);
  if (following instanceof LastingFault) {
    return await finish(
      step,
      seen,
      { ...outcome, kind: 'raised', error: following.error },
      runtimeMs,
      watch,
    );
  }
  const state = stateDocument(runtime, runnable, contentOf(outcome, following));
  const report = { runtimeMs, expected: isExpected(step, outcome), error: thrownBy(outcome) };
  if (!keeps(step, state.status, seen)) {
    await reportEnd(step, state, report);
    await watch?.endedUntold();
    return settle;
  }
  const lease = step.lease?.drop();
  const current = await storeState(runtime, runnable, { ...state, seen, lease });
  if (current && lease) return await yieldTo(step, current);
  if (watch) await watch.heard();
  const told = reportEnd(step, state, report);
  if (told) await told;
  if (!current) return await followStored(step, state, following);
  if (isFinished(current)) return await follow(step, current);
  return waitForLease(runtime, runnable, current) ?? settle;
}

/** A retry, or what takes the task's place: the task fails with it instead. */
function canNeverBeSent(error: unknown): boolean {
  return isA(error, EncodeError) || isA(error, ImproperlyConfigured) || isA(error, QueueNotFound);
}

/** What follows a success, where anything does; a fault: it can never be sent, and the task fails with it. */
async function followingOf(
  { runtime, runnable: { message, attempt } }: Step,
  outcome: Ended,
): Promise<Following | LastingFault | undefined> {
  if (outcome.kind !== 'returned' || !mayFollow(message)) return undefined;
  try {
    return await prepareFollowing(runtime, message, outcome.value, attempt);
  } catch (error) {
    return lastingFault(error);
  }
}

/** A value may have turned out to be a failure to encode it. */
async function followStored(
  { runtime, runnable: { message, attempt } }: Step,
  { status, result, traceback = null }: StateContent,
  following: Following | undefined,
): Promise<Settlement> {
  const ended = { message, attempt, status, result, traceback, byPython: false };
  await followEnd(runtime, ended, following);
  return settle;
}

function contentOf(outcome: Ended, following: Following | undefined): StateContent {
  if (outcome.kind === 'returned') {
    const { value, children } = outcome;
    const all = following ? [...children, ...following.children] : children;
    return { status: TaskState.SUCCESS, result: value, children: all };
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

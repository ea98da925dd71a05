import { hearsEnd, tellEnd } from '../app/task-end.ts';
import type { LogFields, StoredResult } from '../ports/index.ts';
import { type RateSlot, TaskState } from '../protocol/index.ts';
import { mayFollow } from './following/ended.ts';
import type { Runnable } from './incoming.ts';
import { requestOf } from './request-of.ts';
import type { Settlement } from './settlement.ts';
import type { HeldLease } from './starting/held-lease.ts';
import { isLeased } from './starting/lease.ts';
import type { StateContent } from './state-document.ts';
import type { Invocation, WorkerRuntime } from './worker-runtime.ts';

/** One delivery of a task at its turn, and all it needs. */
export interface Step {
  readonly runtime: WorkerRuntime;
  readonly runnable: Runnable;
  readonly invocation: Invocation;
  /** Received before and not finished: its start is marked first. */
  readonly suspect: boolean;
  /** It is on record as revoked: it must not start. */
  readonly revoked: boolean;
  /** Nothing else has run in this invocation, so that a run has all of its time. */
  readonly first: boolean;
  /** The slot that its rate limit gave it: it starts before that is over, or takes another. */
  readonly slot?: RateSlot;
  /** What it runs under, from its start on. */
  readonly lease?: HeldLease;
}

/** Another worker stored a state first: what to do is decided anew, from that state. */
export interface Overtaken {
  readonly kind: 'overtaken';
  readonly by: StoredResult;
}

/** Its slot was over before it could start: it takes another. */
export interface Late {
  readonly kind: 'late';
}

export type StepOutcome = Settlement | Overtaken | Late;

export const late: Late = { kind: 'late' };

/** Requests since took longer than the slot lasts. */
export function isLate({ runtime, slot }: Step): boolean {
  return slot !== undefined && runtime.clock.now() >= slot.until;
}

export function overtaken(by: StoredResult): Overtaken {
  return { kind: 'overtaken', by };
}

/**
 * The result is not kept, by the message's word or else the task's. A lease lives in it, and what follows is followed
 * from it: then it is.
 */
export function ignoresResult({ runnable }: Step): boolean {
  const { message, task } = runnable;
  const ignores = message.ignoreResult ?? task.options.ignoreResult;
  return ignores && !isLeased(runnable) && !mayFollow(message);
}

/** @see celery.app.task.Task.store_errors_even_if_ignored */
export function storesErrors(step: Step): boolean {
  return !ignoresResult(step) || step.runnable.task.options.storeErrorsEvenIfIgnored;
}

/** What a report says besides the state. */
export interface EndReport {
  /** undefined: it did not run. */
  readonly runtimeMs?: number;
  /** What was thrown, where the state says so. */
  readonly error?: unknown;
  /** The task's option `throws` names the error. */
  readonly expected?: boolean;
}

/**
 * Tells the log, one line a task, whoever observes the worker, and the application's hooks: to be awaited where there
 * are any.
 */
export function reportEnd(
  step: Step,
  content: StateContent,
  report: EndReport = {},
): Promise<void> | undefined {
  const { status, result, traceback } = content;
  const { runtimeMs, expected = false } = report;
  const { runtime, runnable } = step;
  const { argsrepr, kwargsrepr } = runnable.task.options;
  const fields = logFields(step);
  fields.args = argsrepr ?? runnable.message.argsrepr;
  fields.kwargs = kwargsrepr ?? runnable.message.kwargsrepr;
  fields.state = status;
  if (runtimeMs !== undefined) fields.runtimeMs = runtimeMs;
  if (status !== TaskState.FAILURE) runtime.logger.info('Task ended', fields);
  else if (expected)
    runtime.logger.info('Task failed as expected', { ...fields, exception: result });
  else runtime.logger.error('Task failed', { ...fields, exception: result, traceback });
  tellObserver(step, status, result);
  return hearsEnd(runtime.app.hooks, runnable.task) ? tellHooks(step, content, report) : undefined;
}

function tellObserver({ runtime, runnable }: Step, status: string, result: unknown): void {
  const { id, message } = runnable;
  const { task: name, args, kwargs, retries: attempt } = message;
  try {
    runtime.observe?.({ id, attempt, name, args, kwargs, status, result });
  } catch (error) {
    runtime.logger.error('The observer of the worker failed', { id, error });
  }
}

async function tellHooks(
  { runtime, runnable }: Step,
  { status: state, result, traceback = null }: StateContent,
  { runtimeMs, error }: EndReport,
): Promise<void> {
  await tellEnd(runtime.app.hooks, {
    task: runnable.task,
    request: requestOf(runtime, runnable),
    state,
    retval: error ?? result,
    traceback,
    ran: runtimeMs !== undefined,
  });
}

export function logFields({ runnable: { id, message, delivery } }: Step): LogFields {
  return {
    id,
    name: message.task,
    attempt: message.retries,
    queue: delivery.queue,
    receiveCount: delivery.receiveCount,
  };
}

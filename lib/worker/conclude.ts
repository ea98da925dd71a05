import { TaskRevokedError, WorkerLostError } from '../errors.ts';
import type { StoredResult } from '../ports/index.ts';
import type { ExceptionObject } from '../protocol/index.ts';
import { followDeath } from './following/follow.ts';
import { followEnd } from './following/follow-end.ts';
import { settle } from './settlement.ts';
import {
  failureWithoutTraceback,
  revocation,
  type StateContent,
  stateDocument,
} from './state-document.ts';
import {
  type EndReport,
  overtaken,
  reportEnd,
  type Step,
  type StepOutcome,
  storesErrors,
} from './step.ts';
import { storeState } from './store-state.ts';
import { withWhatFollows } from './with-payload.ts';

/**
 * Ends a task that must not start: it was revoked, or its `expires` has passed.
 *
 * @see celery.worker.request.Request.revoked
 */
export async function endUnstarted(
  step: Step,
  item: StoredResult | undefined,
  reason: 'expired' | 'revoked',
): Promise<StepOutcome> {
  const content = revocation(reason);
  const error = new TaskRevokedError(reason);
  if (storesErrors(step)) return await conclude(step, item, content, { error });
  await reportEnd(step, content, { error });
  return settle;
}

/** Gives up a task that was started and never heard of `maxAttempts` times. */
export async function giveUp(
  step: Step,
  item: StoredResult | undefined,
  starts: number,
): Promise<StepOutcome> {
  const { id, message, generation } = step.runnable;
  const error = new WorkerLostError(
    `Task ${message.task}[${id}] was started ${starts} times and never heard of again: ` +
      'it ended its process, blocked it, or took longer than the function may run.',
  );
  return await conclude(step, item, failureWithoutTraceback(error), {
    error,
    dead: generation + 1,
  });
}

/** Gives up a task that may start once, and was started and never heard of. @see celery's `acks_late=False` */
export async function giveUpClaim(
  step: Step,
  item: StoredResult | undefined,
): Promise<StepOutcome> {
  const { id, message } = step.runnable;
  const error = new WorkerLostError(
    `Task ${message.task}[${id}] was started and never heard of again, and acksLate: false forbids another start.`,
  );
  return await conclude(step, item, failureWithoutTraceback(error), { error });
}

/** What is to be told of a final state, and the generation in which the letter of a death may run again. */
export interface Conclusion extends EndReport {
  readonly dead?: number;
}

/** Stores a final state that is no run's result. */
export async function conclude(
  step: Step,
  seen: StoredResult | undefined,
  content: StateContent,
  { dead, ...report }: Conclusion,
): Promise<StepOutcome> {
  const { runtime } = step;
  const loaded = await withWhatFollows(runtime, step.runnable);
  const runnable = loaded.kind === 'runnable' ? loaded : step.runnable;
  const state = stateDocument(runtime, runnable, content);
  const lease = step.lease?.drop();
  const current = await storeState(runtime, runnable, { ...state, seen, dead, lease });
  if (current) return overtaken(current);
  await reportEnd(step, content, report);
  const { message, attempt } = runnable;
  const { status, result, traceback = null } = content;
  await followEnd(runtime, { message, attempt, status, result, traceback, byPython: false });
  if (dead === undefined) return settle;
  return await followDeath(step, content.result as ExceptionObject, dead);
}

import { Replacement } from '../app/replacement.ts';
import { Ignore, Reject, Retry, type TaskPredicate } from '../errors.ts';
import type { StoredResult } from '../ports/index.ts';
import { conclude } from './conclude.ts';
import { replaceTask } from './following/replace-task.ts';
import { isFifo } from './plan-batch.ts';
import { retryTask } from './retry-task.ts';
import type { StartWatch } from './run-task.ts';
import { giveBackAgain, isReceivedOften, type Settlement, settle } from './settlement.ts';
import { sendAgain } from './starting/park.ts';
import { failureWithoutTraceback } from './state-document.ts';
import { reportEnd, type Step, type StepOutcome, storesErrors } from './step.ts';

/** Seconds until a requeued message returns: what kombu waits for (`wait_time_seconds`). */
const requeueSeconds = 10;

/**
 * Ends a run as its task asked by throwing `Retry`, `Ignore` or `Reject`, or by `self.replace`.
 *
 * @throws EncodeError for a Retry's arguments; what `replaceTask` throws
 */
export async function finishAsAsked(
  step: Step,
  seen: StoredResult | undefined,
  asked: TaskPredicate,
  runtimeMs: number,
  watch: StartWatch | undefined,
): Promise<StepOutcome> {
  if (asked instanceof Retry) {
    const settlement = await retryTask(step, seen, asked, runtimeMs);
    await (storesErrors(step) ? watch?.heard() : watch?.endedUntold());
    return settlement;
  }
  if (asked instanceof Replacement) return await replaceTask(step, asked, runtimeMs, watch);
  if (asked instanceof Reject) return await reject(step, seen, asked, runtimeMs, watch);
  await reportEnd(
    step,
    { status: asked instanceof Ignore ? 'IGNORED' : asked.name.toUpperCase(), result: null },
    { runtimeMs, error: asked },
  );
  await watch?.endedUntold();
  return settle;
}

/** A rejected message is dead-lettered, or given back as if it had not been received. */
async function reject(
  step: Step,
  seen: StoredResult | undefined,
  asked: Reject,
  runtimeMs: number,
  watch: StartWatch | undefined,
): Promise<StepOutcome> {
  if (!asked.requeue) {
    return await conclude(step, seen, failureWithoutTraceback(asked), {
      dead: step.runnable.generation + 1,
      runtimeMs,
      error: asked,
    });
  }
  await watch?.requeued();
  await reportEnd(step, { status: 'REQUEUED', result: null }, { runtimeMs, error: asked });
  return await requeue(step);
}

/** However often: before its queue would dead-letter the message, a copy takes its place. On FIFO it would lose its turn. */
async function requeue({ runtime, runnable: { delivery } }: Step): Promise<Settlement> {
  const { queue, receiveCount } = delivery;
  if (isFifo(queue) || !isReceivedOften(receiveCount)) {
    return giveBackAgain(receiveCount, requeueSeconds);
  }
  return await sendAgain(runtime, delivery, requeueSeconds);
}

import type { Runnable } from './incoming.ts';
import type { Step } from './step.ts';
import { canEverFit, runDeadline } from './worker-runtime.ts';

/** When a run is to be told, and when it is left, in milliseconds since the epoch; Infinity: never. */
export interface RunLimits {
  readonly softAt: number;
  readonly endAt: number;
  /** The hard limit in seconds, where it is what ends the run; undefined: the invocation's time does. */
  readonly hardSeconds: number | undefined;
}

/**
 * The message's limit wins over the task's; in seconds, undefined: none.
 *
 * @see celery.worker.request.Request.execute_using_pool
 */
export function hardLimitOf({
  message,
  task,
}: Pick<Runnable, 'message' | 'task'>): number | undefined {
  return givenLimit(message.timeLimit) ?? task.options.timeLimit;
}

/** No time at all is as good as no limit to Python, which sends what a caller gave it: `time_limit=0`. */
function givenLimit(seconds: number | null): number | undefined {
  return seconds !== null && seconds > 0 ? seconds : undefined;
}

/**
 * The run ends with its hard limit or before the invocation does. The latter is not the task's fault, unless the run has
 * all the time there is and its limit is longer than that: another invocation would have no more for it.
 */
export function runLimits(
  { runnable, invocation, first }: Pick<Step, 'runnable' | 'invocation' | 'first'>,
  now: number,
): RunLimits {
  const soft = givenLimit(runnable.message.softTimeLimit) ?? runnable.task.options.softTimeLimit;
  const hard = hardLimitOf(runnable);
  const deadline = runDeadline(invocation);
  const hardAt = hard === undefined ? Number.POSITIVE_INFINITY : now + hard * 1000;
  const isOwnEnd = hardAt <= deadline || (first && !canEverFit(invocation, hard));
  return {
    softAt: soft === undefined ? Number.POSITIVE_INFINITY : now + soft * 1000,
    endAt: Math.min(hardAt, deadline),
    hardSeconds: isOwnEnd ? hard : undefined,
  };
}

import { isA, SoftTimeLimitExceeded } from '../errors.ts';
import type { Runnable } from './incoming.ts';
import { type Invocation, runDeadline } from './worker-runtime.ts';

/** When a run is to be told, and when it is left, in milliseconds since the epoch; Infinity: never. */
export interface RunLimits {
  readonly softAt: number;
  readonly endAt: number;
  /** The hard limit in seconds; undefined: only the invocation's time ends the run. */
  readonly hardSeconds: number | undefined;
}

/** The message's limits win over the task's. A hard limit always ends before the invocation does. */
export function runLimits(
  { message, task }: Pick<Runnable, 'message' | 'task'>,
  invocation: Invocation,
  now: number,
): RunLimits {
  const soft = message.softTimeLimit ?? task.options.softTimeLimit;
  const hard = message.timeLimit ?? task.options.timeLimit;
  return {
    softAt: soft === undefined ? Number.POSITIVE_INFINITY : now + soft * 1000,
    endAt: Math.min(
      hard === undefined ? Number.POSITIVE_INFINITY : now + hard * 1000,
      runDeadline(invocation),
    ),
    hardSeconds: hard,
  };
}

/** What the handler threw, or the limit that made it throw: whoever waits on an aborted signal gets an AbortError. */
export function causeOfFailure(error: unknown, { signal }: AbortController): unknown {
  if (!(isA(error, Error) && error.name === 'AbortError')) return error;
  const { reason } = signal;
  return signal.aborted && reason instanceof SoftTimeLimitExceeded ? reason : error;
}

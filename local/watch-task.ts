import { isDeepStrictEqual } from 'node:util';
import { type Clock, sleep } from '../lib/ports/index.ts';
import { isFinal } from '../lib/protocol/index.ts';
import type { AsyncResult } from '../lib/results/index.ts';

/** What has been seen of a task so far. */
export interface TaskHistory {
  /** Each state once, in the order seen. */
  readonly states: readonly string[];
  /** The meta of a custom state, the value or the error. */
  readonly info: unknown;
  readonly ended: boolean;
  /** Milliseconds since the task was sent. */
  readonly elapsedMs: number;
}

/** How to watch. */
export interface WatchOptions {
  readonly clock: Clock;
  /** Milliseconds until a task that has not ended is given up. */
  readonly patienceMs: number;
  /** Gives up too when aborted. */
  readonly signal: AbortSignal;
  /** Hears of every change. */
  readonly onChange: (history: TaskHistory) => void;
}

const pollMs = 100;

/** Follows a task from state to state until it has ended or patience has; answers all that was seen. */
export async function watchTask(
  result: AsyncResult,
  { clock, patienceMs, signal, onChange }: WatchOptions,
): Promise<TaskHistory> {
  const sentAt = clock.now();
  let history: TaskHistory = { states: [], info: undefined, ended: false, elapsedMs: 0 };
  while (!history.ended && history.elapsedMs < patienceMs && !signal.aborted) {
    if (history.states.length > 0) await sleep(clock, pollMs);
    const next = await look(result, history, clock.now() - sentAt);
    const changed = !sameState(history, next);
    history = next;
    if (changed) onChange(history);
  }
  return history;
}

async function look(
  result: AsyncResult,
  { states }: TaskHistory,
  elapsedMs: number,
): Promise<TaskHistory> {
  const state = await result.state();
  return {
    states: states.at(-1) === state ? states : [...states, state],
    // Once a task has ended its result keeps what was read, so that state and info are of one moment.
    info: await result.info(),
    ended: isFinal(state),
    elapsedMs,
  };
}

function sameState(before: TaskHistory, after: TaskHistory): boolean {
  return before.states === after.states && isDeepStrictEqual(before.info, after.info);
}

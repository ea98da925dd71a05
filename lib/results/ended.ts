import type { TimeoutError } from '../errors.ts';
import type { Clock } from '../ports/index.ts';
import { abortable } from './abortable.ts';
import type { SharedPause } from './shared-pause.ts';
import type { Snapshot } from './snapshot.ts';

/** How long to wait, and how often to look. */
export interface WaitOptions {
  /** Seconds until `TimeoutError`; 0: one look; Infinity: no limit. @default no limit */
  readonly timeout?: number;
  /** Seconds between two looks. @default 0.05, then longer each time, up to 2 */
  readonly interval?: number;
  /** Ends the waiting, not the task. */
  readonly signal?: AbortSignal;
}

/** What `ended` looks with. */
export interface Lookout {
  /** The task's final state, if there is one; asked of many in one turn, it is one read. */
  readonly look: (taskId: string) => Promise<Snapshot | undefined>;
  readonly pauses: SharedPause;
  readonly clock: Clock;
  /** What it rejects with when `seconds` are over and so many tasks have not ended. */
  readonly timedOut: (seconds: number, unfinished: ReadonlySet<string>) => TimeoutError;
}

/** A task that ended, and how. */
export type Ended = readonly [taskId: string, snapshot: Snapshot];

const firstPauseMs = 50;
const longestPauseMs = 2000;
const backOffFactor = 1.5;

/**
 * The final states of tasks, each as soon as a look finds it; those that one look finds in the order of `ids`.
 *
 * @throws TimeoutError, the signal's reason, what a look throws; RangeError for a time that is none
 */
export async function* ended(
  ids: Iterable<string>,
  options: WaitOptions,
  lookout: Lookout,
): AsyncGenerator<Ended, void, undefined> {
  checkSeconds('timeout', options.timeout, Number.POSITIVE_INFINITY);
  checkSeconds('interval', options.interval, Number.MAX_SAFE_INTEGER);
  const { timeout, interval, signal } = options;
  const unfinished = new Set(ids);
  const stop = new AbortController();
  const forward = () => stop.abort(signal?.reason);
  if (signal?.aborted) forward();
  signal?.addEventListener('abort', forward, { once: true });
  const cancel = startTimeout(stop, timeout, unfinished, lookout);
  try {
    let pauseMs = interval === undefined ? firstPauseMs : interval * 1000;
    while (unfinished.size > 0) {
      const found = await abortable(lookAt(unfinished, lookout), stop.signal);
      for (const [id] of found) unfinished.delete(id);
      yield* found;
      if (unfinished.size === 0) return;
      if (timeout === 0) throw lookout.timedOut(0, unfinished);
      await lookout.pauses.pause(pauseMs, stop.signal);
      if (interval === undefined) pauseMs = Math.min(pauseMs * backOffFactor, longestPauseMs);
    }
  } finally {
    cancel();
    signal?.removeEventListener('abort', forward);
  }
}

async function lookAt(ids: ReadonlySet<string>, { look }: Lookout): Promise<readonly Ended[]> {
  const looks = [...ids].map(async (id) => [id, await look(id)] as const);
  return (await Promise.all(looks)).filter(isEnded);
}

function isEnded(found: readonly [string, Snapshot | undefined]): found is Ended {
  return found[1] !== undefined;
}

function startTimeout(
  stop: AbortController,
  seconds: number | undefined,
  unfinished: ReadonlySet<string>,
  { clock, timedOut }: Lookout,
): () => void {
  if (!seconds || seconds === Number.POSITIVE_INFINITY) return () => {};
  return clock.setTimer(seconds * 1000, () => stop.abort(timedOut(seconds, unfinished)));
}

/** @throws RangeError unless it is a number from 0 to `most`, or not given */
function checkSeconds(option: string, seconds: number | undefined, most: number): void {
  if (seconds === undefined || (seconds >= 0 && seconds <= most)) return;
  throw new RangeError(`get() expects a number of seconds from 0 on as ${option}, got ${seconds}`);
}

import type { Runnable } from '../incoming.ts';
import { hardLimitOf } from '../run-limits.ts';
import { canEverFit, canStart, fits, type Invocation } from '../worker-runtime.ts';
import { isLeased, onceOf } from './lease.ts';

/** When a start would be. */
export interface StartTime {
  readonly invocation: Invocation;
  /** Nothing else has run in this invocation: no other has more time. */
  readonly first: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Whether a task may start in what is left of its invocation: its time limit has to fit, where it ever does. A task
 * without one may take any time; as one that may start only once must not be cut short, it waits for an invocation of
 * its own.
 */
export function hasTimeFor(runnable: Runnable, { invocation, first, now }: StartTime): boolean {
  if (!canStart(invocation, now)) return false;
  if (first || !Number.isFinite(invocation.deadline)) return true;
  const limit = hardLimitOf(runnable);
  if (limit !== undefined && canEverFit(invocation, limit)) return fits(invocation, now, limit);
  return !(isLeased(runnable) && onceOf(runnable) === 'atMost');
}

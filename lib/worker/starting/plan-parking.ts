import { maxVisibilitySeconds } from '../../protocol/sqs-limits.ts';

/** How a message that came before its eta is put away. */
export type Parking =
  /** FIFO: it stays in its queue, invisible, and its group with it. */
  | { readonly kind: 'hold'; readonly delaySeconds: number }
  /** Sent again, with a delay that its queue can carry. */
  | { readonly kind: 'delay'; readonly delaySeconds: number }
  /** A schedule sends it at this time, in milliseconds since the epoch. */
  | { readonly kind: 'schedule'; readonly fireAt: number };

/** What decides how a message is put away. */
export interface Early {
  /** Milliseconds since the epoch, both. */
  readonly eta: number;
  readonly now: number;
  readonly fifo: boolean;
  /** There are schedules, and the message fits one. */
  readonly schedulable: boolean;
  /** The longest delay a queue carries. */
  readonly maxDelaySeconds: number;
}

/** Schedules fire up to a minute late: the rest is left to `DelaySeconds`, which is exact. */
const earlySeconds = 120;
/** So that a revoke, which is kept for weeks, meets every message while it is on record. */
const longestWaitSeconds = 7 * 86_400;
/** A FIFO queue delays no single message. So short a wait is held, a schedule would not be on time. */
const longestHoldSeconds = 60;

/** Decides without doing anything. */
export function planParking({ eta, now, fifo, schedulable, maxDelaySeconds }: Early): Parking {
  const seconds = Math.ceil((eta - now) / 1000);
  if (fifo && (!schedulable || seconds <= longestHoldSeconds)) {
    return { kind: 'hold', delaySeconds: Math.min(seconds, maxVisibilitySeconds) };
  }
  if (!fifo && (!schedulable || seconds <= maxDelaySeconds)) {
    return { kind: 'delay', delaySeconds: Math.min(seconds, maxDelaySeconds) };
  }
  const wanted = Math.ceil(eta / 1000) - (fifo ? 0 : earlySeconds);
  const latest = Math.floor(now / 1000) + longestWaitSeconds;
  return { kind: 'schedule', fireAt: Math.min(wanted, latest) * 1000 };
}

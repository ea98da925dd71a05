import type { Once } from '../../app/task-options.ts';
import type { Delivery, Lease, LeaseRecord, LeaseWrite, StoredResult } from '../../ports/index.ts';
import { replacementsBefore } from '../../protocol/index.ts';
import { maxVisibilitySeconds } from '../../protocol/sqs-limits.ts';
import type { Runnable } from '../incoming.ts';
import { giveBackAgain, type Settlement } from '../settlement.ts';
import type { Invocation, WorkerRuntime } from '../worker-runtime.ts';

/** By so much the clocks of two workers may differ, in milliseconds: part of every lease. */
export const leaseMarginMs = 5_000;

/** A worker without a deadline holds a lease for so long at a time, and extends it meanwhile. */
export const extendedLeaseMs = 60_000;

/** Whether the task starts under a lease: by its own options, or because its message asks for one. */
export function isLeased({ message, task }: Pick<Runnable, 'message' | 'task'>): boolean {
  return message.leased || task.options.once !== undefined;
}

/** What becomes of a leased task whose start was never heard of. A message that asks for a lease alone runs again. */
export function onceOf({ task }: Pick<Runnable, 'task'>): Once {
  return task.options.once ?? 'exactly';
}

/** How many starts of this very attempt are on record and were not heard of. */
export function startsOnRecord(
  item: StoredResult | undefined,
  { attempt, generation }: Pick<Runnable, 'attempt' | 'generation'>,
): number {
  const own = item?.own;
  return own?.attempt === attempt && own.generation === generation ? (own.lease?.epoch ?? 0) : 0;
}

/** Whether this very attempt ended under a lease and left no state that tells. */
export function hasEndedUntold(
  { own }: StoredResult,
  { attempt, generation }: Pick<Runnable, 'attempt' | 'generation'>,
): boolean {
  return own?.lease?.ended === true && own.attempt === attempt && own.generation === generation;
}

/** The lease that lives on an item, whoever holds it. */
export function liveLease({ own }: StoredResult, now: number): LeaseRecord | undefined {
  const lease = own?.lease;
  return lease && lease.until > now ? lease : undefined;
}

/** The lease that a start takes: as long as its invocation can be there. */
export function newLease(
  { token, deadline }: Invocation,
  { delivery }: Pick<Runnable, 'delivery'>,
  { epoch, now }: { readonly epoch: number; readonly now: number },
): Lease {
  const end = Number.isFinite(deadline) ? deadline : now + extendedLeaseMs;
  return { owner: `${token}/${delivery.messageId}`, epoch, until: end + leaseMarginMs };
}

/**
 * The delivery returns when the lease ends: meanwhile nobody judges the task. What takes a task's place asks again soon:
 * the run that sent it gives its lease back right after. undefined: no lease lives.
 */
export function waitForLease(
  { clock }: Pick<WorkerRuntime, 'clock'>,
  { delivery: { receiveCount }, attempt }: WaitingDelivery,
  item: StoredResult,
): Settlement | undefined {
  const now = clock.now();
  const lease = liveLease(item, now);
  if (!lease) return undefined;
  const leftSeconds = Math.max(1, Math.ceil((lease.until - now) / 1000));
  const mostSeconds = replaces(attempt, item)
    ? 2 ** Math.min(receiveCount - 1, 15)
    : maxVisibilitySeconds;
  return giveBackAgain(receiveCount, Math.min(mostSeconds, leftSeconds));
}

interface WaitingDelivery {
  readonly delivery: Pick<Delivery, 'receiveCount'>;
  readonly attempt: number;
}

function replaces(attempt: number, { own }: StoredResult): boolean {
  return own !== undefined && replacementsBefore(attempt) > replacementsBefore(own.attempt);
}

/** An item with a lease is kept for at least a day past it, so that starts are counted whatever `resultExpires` says. */
const leastKeptSeconds = 86_400;

/** Unix seconds until which an item with this write's lease is kept; undefined: the write holds none. */
export function leaseExpiry(write: LeaseWrite, resultExpires: number): number | undefined {
  if (write.kind === 'drop') return undefined;
  return Math.ceil(write.lease.until / 1000 + Math.max(resultExpires, leastKeptSeconds));
}

import type { StoredResult } from '../../ports/index.ts';
import { isRetryOf } from '../retry-task.ts';
import type { Step } from '../step.ts';
import { isFinished, isPast, isReopened, statusOf } from '../store-state.ts';
import { hasEndedUntold, liveLease } from './lease.ts';
import { hasTimeFor } from './time-to-start.ts';

/** What a delivery of a task is for, given what the table says about the task right now. */
export type Admission =
  /** Its final state is stored: what follows from it is repeated, nothing starts. */
  | { readonly kind: 'finished'; readonly item: StoredResult }
  /** Its retry is stored, and perhaps was never published. */
  | { readonly kind: 'retried'; readonly item: StoredResult }
  /** A later attempt, or a later life, is on record: this is an old copy. */
  | { readonly kind: 'past' }
  /** Its document tells no status: whether it is finished, nobody here can know. */
  | { readonly kind: 'unreadable' }
  /** Another delivery runs it under a lease, or did: nobody judges it before that ends. */
  | { readonly kind: 'leased'; readonly item: StoredResult }
  | { readonly kind: 'expired' }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'early'; readonly eta: Date }
  | { readonly kind: 'noTimeLeft' }
  | { readonly kind: 'start' };

/** Decides without doing anything, from the result item as read right before; undefined: there is none. */
export function admit(
  { runtime, runnable, invocation, revoked, first }: Step,
  item: StoredResult | undefined,
): Admission {
  const { eta, expires } = runnable.message;
  const now = runtime.clock.now();
  if (item && isFinished(item) && !isReopened(item, runnable)) return { kind: 'finished', item };
  if (item && isRetryOf(item, runnable)) return { kind: 'retried', item };
  if (item && isPast(item, runnable)) return { kind: 'past' };
  if (item && hasEndedUntold(item, runnable)) return { kind: 'past' };
  if (item && statusOf(item) === undefined) return { kind: 'unreadable' };
  if (item && liveLease(item, now)) return { kind: 'leased', item };
  if (expires && now > expires.getTime()) return { kind: 'expired' };
  if (revoked) return { kind: 'revoked' };
  if (eta && now < eta.getTime()) return { kind: 'early', eta };
  if (!hasTimeFor(runnable, { invocation, first, now })) return { kind: 'noTimeLeft' };
  return { kind: 'start' };
}

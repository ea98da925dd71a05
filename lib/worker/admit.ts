import type { StoredResult } from '../ports/index.ts';
import type { Runnable } from './incoming.ts';
import { hasEndedUntold, liveLease } from './lease.ts';
import { isRetryOf } from './retry-task.ts';
import { isFinished, isPast, isReopened, statusOf } from './store-state.ts';
import { canStart, type Invocation } from './worker-runtime.ts';

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

/** What is on record of a task, as read right before it is decided about. */
export interface OnRecord {
  /** The result item; undefined: there is none. */
  readonly item: StoredResult | undefined;
  readonly revoked: boolean;
}

/** Decides without doing anything. */
export function admit(
  runnable: Runnable,
  { item, revoked }: OnRecord,
  invocation: Invocation,
  now: number,
): Admission {
  const { eta, expires } = runnable.message;
  if (item && isFinished(item) && !isReopened(item, runnable)) return { kind: 'finished', item };
  if (item && isRetryOf(item, runnable)) return { kind: 'retried', item };
  if (item && isPast(item, runnable)) return { kind: 'past' };
  if (item && hasEndedUntold(item, runnable)) return { kind: 'past' };
  if (item && statusOf(item) === undefined) return { kind: 'unreadable' };
  if (item && liveLease(item, now)) return { kind: 'leased', item };
  if (expires && now > expires.getTime()) return { kind: 'expired' };
  if (revoked) return { kind: 'revoked' };
  if (eta && now < eta.getTime()) return { kind: 'early', eta };
  if (!canStart(invocation, now)) return { kind: 'noTimeLeft' };
  return { kind: 'start' };
}

import type { MarkOutcome, StartKey } from '../../ports/index.ts';
import { maxVisibilitySeconds } from '../../protocol/sqs-limits.ts';
import type { Runnable } from '../incoming.ts';
import { giveBack, type Settlement, settle } from '../settlement.ts';
import type { Invocation, WorkerRuntime } from '../worker-runtime.ts';

/** What the record of starts says about starting a suspect now. */
export type SuspectVerdict =
  | { readonly kind: 'start' }
  /** It was started `maxAttempts` times and never heard of: it must not start again. */
  | { readonly kind: 'lost'; readonly starts: number }
  | { readonly kind: 'leave'; readonly settlement: Settlement };

/** A mark is kept as long as a result is, so that an id used again later starts afresh; but at least a day ... */
const leastKeptSeconds = 86_400;
/** ... and no longer than any queue keeps a message. */
const mostKeptSeconds = 15 * 86_400;

/** A poller has no deadline. One that lives keeps its messages invisible; silent for so long, it is gone. */
const pollerSilentMs = 120_000;

/**
 * Marks the start of a suspect: a message received more than once that has no final state.
 * A mark says "started and not heard of since". Nobody is judged before the deadline of the latest one.
 *
 * @throws OperationalError
 */
export async function startSuspect(
  runtime: WorkerRuntime,
  runnable: Runnable,
  invocation: Invocation,
): Promise<SuspectVerdict> {
  const { clock } = runtime;
  const outcome = await mark(runtime, runnable, invocation);
  if (outcome.kind === 'marked') return { kind: 'start' };
  if (outcome.kind === 'ended') return { kind: 'leave', settlement: settle };
  const waitMs = outcome.until - clock.now();
  if (waitMs <= 0) return { kind: 'lost', starts: outcome.starts };
  return {
    kind: 'leave',
    settlement: giveBack(Math.min(maxVisibilitySeconds, Math.ceil(waitMs / 1000))),
  };
}

function mark(
  runtime: WorkerRuntime,
  runnable: Runnable,
  { token, deadline }: Invocation,
): Promise<MarkOutcome> {
  const { adapters, clock, maxAttempts } = runtime;
  return adapters.startMarks.mark(startKey(runnable), {
    token,
    deadline: Number.isFinite(deadline) ? deadline : clock.now() + pollerSilentMs,
    limit: maxAttempts,
    expiresAt: markExpiry(runtime),
  });
}

/**
 * Keeps saying that a run without a deadline lives, until the returned function is called: nobody may judge it
 * meanwhile, however often its message is received.
 */
export function keepMarkAlive(
  runtime: WorkerRuntime,
  runnable: Runnable,
  invocation: Invocation,
): () => void {
  if (Number.isFinite(invocation.deadline)) return () => {};
  const { clock, logger } = runtime;
  let cancel = () => {};
  const beat = () => {
    mark(runtime, runnable, invocation).catch((error: unknown) => {
      logger.warn('The mark of a living start could not be renewed', { id: runnable.id, error });
    });
    cancel = clock.setTimer(pollerSilentMs / 3, beat);
  };
  cancel = clock.setTimer(pollerSilentMs / 3, beat);
  return () => cancel();
}

export function startKey({ id, attempt, generation }: Runnable): StartKey {
  return { taskId: id, attempt, generation };
}

/** Unix seconds. */
export function markExpiry({ app, clock }: WorkerRuntime): number {
  const kept = Math.max(leastKeptSeconds, app.conf.resultExpires ?? mostKeptSeconds);
  return Math.ceil(clock.now() / 1000) + Math.min(kept, mostKeptSeconds);
}

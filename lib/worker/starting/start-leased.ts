import { OperationalError } from '../../errors.ts';
import type { StoredResult } from '../../ports/index.ts';
import { giveUp, giveUpClaim } from '../conclude.ts';
import type { Runnable } from '../incoming.ts';
import { refuseDelivery } from '../refuse-delivery.ts';
import { runLoaded, type StartWatch } from '../run-task.ts';
import { logFields, overtaken, type Step, type StepOutcome } from '../step.ts';
import { withPayload } from '../with-payload.ts';
import { HeldLease } from './held-lease.ts';
import { onceOf, startsOnRecord } from './lease.ts';

/**
 * Starts a task under a lease, if it may start again. No lease lives on the item, as it was read; that it still is so
 * the taking finds out.
 *
 * Two writes a task: STARTED with the lease, and the end, which drops it.
 *
 * @throws OperationalError
 */
export async function startLeased(
  step: Step,
  item: StoredResult | undefined,
): Promise<StepOutcome> {
  const { runtime } = step;
  const incoming = await withPayload(runtime, step.runnable);
  if (incoming.kind === 'refused') return await refuseDelivery(runtime, incoming, item);
  const starts = startsOnRecord(item, incoming);
  if (onceOf(incoming) === 'atMost') {
    if (starts > 0) return await giveUpClaim(step, item);
  } else if (starts >= runtime.maxAttempts) {
    return await giveUp(step, item, starts);
  }
  return await runLeased(step, incoming, item, starts);
}

async function runLeased(
  step: Step,
  runnable: Runnable,
  item: StoredResult | undefined,
  starts: number,
): Promise<StepOutcome> {
  const lease = new HeldLease({ ...step, runnable, starts });
  const leased = { ...step, runnable, lease };
  let mayRelease = true;
  try {
    const current = await lease.take(item);
    if (current) return overtaken(current);
    if (lease.isTooOld)
      throw new OperationalError(`The lease of ${runnable.id} was taken too late`);
    mayRelease = onceOf(runnable) === 'exactly';
    const outcome = await runLoaded(leased, undefined, watchOf(leased, lease));
    if (outcome.kind === 'late') await lease.release();
    return outcome;
  } catch (error) {
    if (mayRelease) await releaseAfter(leased, lease);
    throw error;
  }
}

/** An at-most-once run that was cut short counts, as does any other that had all of its invocation's time. */
function watchOf(step: Step, lease: HeldLease): StartWatch {
  return {
    cutShort: async () => {
      if (!step.first && onceOf(step.runnable) === 'exactly') await lease.discount();
    },
    heard: async () => {},
    requeued: () => lease.release(),
    endedUntold: () => lease.end(),
  };
}

/** The worker outlived the start, which a request failed: no crash, so it is not counted and need not be waited for. */
async function releaseAfter(step: Step, lease: HeldLease): Promise<void> {
  try {
    await lease.release();
  } catch (error) {
    step.runtime.logger.warn('The lease of a start could not be given back', {
      ...logFields(step),
      error,
    });
  }
}

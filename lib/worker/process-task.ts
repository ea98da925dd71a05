import { OperationalError } from '../errors.ts';
import type { StoredResult } from '../ports/index.ts';
import { endUnstarted, giveUp } from './conclude.ts';
import { follow, leaveUnread } from './following/follow.ts';
import { republishRetry } from './retry-task.ts';
import { runTask } from './run-task.ts';
import { giveBack, giveBackAgain, type Settlement, settle } from './settlement.ts';
import { admit } from './starting/admit.ts';
import { awaitSlot } from './starting/await-slot.ts';
import { isLeased, waitForLease } from './starting/lease.ts';
import { park } from './starting/park.ts';
import { isRevoked, recordsOf } from './starting/revocable.ts';
import { startLeased } from './starting/start-leased.ts';
import { keepMarkAlive, markExpiry, startKey, startSuspect } from './starting/start-suspect.ts';
import { isLate, type Step, type StepOutcome } from './step.ts';

/**
 * The life of one delivery of a task: admit, run, finish, follow. Where another worker's state comes in between,
 * it is decided anew from that state.
 *
 * @throws OperationalError when a step failed; nothing may be settled then
 */
export async function processTask(step: Step, item: StoredResult | undefined): Promise<Settlement> {
  let outcome = await takeStep(step, item);
  for (let round = 0; round < mostRounds; round++) {
    if (outcome.kind === 'overtaken') outcome = await takeStep(step, outcome.by);
    else if (outcome.kind === 'late') outcome = await readAgain(step);
    else return outcome;
  }
  throw new OperationalError(
    `Task ${step.runnable.id} was overtaken ${mostRounds} times by states of other workers`,
  );
}

/** Decisions about one delivery, after which it is rather given back than decided about once more. */
const mostRounds = 50;

function takeStep(step: Step, item: StoredResult | undefined): Promise<StepOutcome> | StepOutcome {
  const { runtime, runnable } = step;
  const { delivery } = runnable;
  const admission = admit(step, item);
  switch (admission.kind) {
    case 'finished':
      return follow(step, admission.item);
    case 'retried':
      return republishRetry(step, admission.item);
    case 'past':
      return settle;
    case 'unreadable':
      return leaveUnread(step);
    case 'leased':
      return waitForLease(runtime, runnable, admission.item) ?? giveBack(0);
    case 'expired':
    case 'revoked':
      return endUnstarted(step, item, admission.kind);
    case 'early':
      return park(runtime, runnable, admission.eta);
    case 'noTimeLeft':
      return giveBackAgain(delivery.receiveCount, 0);
    case 'start':
      return needsSlot(step) ? startInSlot(step, item) : startNow(step, item);
  }
}

function needsSlot(step: Step): boolean {
  const { runnable, slot } = step;
  return runnable.task.options.rateLimit !== null && (slot === undefined || isLate(step));
}

function startNow(step: Step, item: StoredResult | undefined): Promise<StepOutcome> {
  if (isLeased(step.runnable)) return startLeased(step, item);
  return step.suspect ? startSuspected(step, item) : runTask(step, item);
}

async function startInSlot(step: Step, item: StoredResult | undefined): Promise<StepOutcome> {
  const verdict = await awaitSlot(step, item);
  if (verdict.kind === 'leave') return verdict.settlement;
  const { slot } = verdict;
  if (verdict.kind === 'start') return await startNow({ ...step, slot }, item);
  return await readAgain({ ...step, slot });
}

/** A start rests on a read made right before it: who waited for a slot reads again. */
async function readAgain(step: Step): Promise<StepOutcome> {
  const { runtime, runnable } = step;
  const { results, revoked } = await runtime.adapters.admissions.read(recordsOf(runnable));
  const { id } = runnable;
  return await takeStep({ ...step, revoked: isRevoked(runnable, revoked) }, results.get(id));
}

/**
 * Starts a suspect, if it may start again. Its mark stays only if the run was not heard of although it had all the
 * time there is: whatever fails on the way was heard of, the marking itself included, whose answer may be lost.
 */
async function startSuspected(step: Step, item: StoredResult | undefined): Promise<StepOutcome> {
  const { runtime, runnable, invocation } = step;
  const takeBack = () => runtime.adapters.startMarks.unmark(startKey(runnable), invocation.token);
  try {
    return await startMarked(step, item, takeBack);
  } catch (error) {
    await takeBack().catch((cause) => {
      runtime.logger.warn('The mark of a start could not be taken back', {
        id: runnable.id,
        error: cause,
      });
    });
    throw error;
  }
}

async function startMarked(
  step: Step,
  item: StoredResult | undefined,
  takeBack: () => Promise<void>,
): Promise<StepOutcome> {
  const { runtime, runnable, invocation } = step;
  const verdict = await startSuspect(runtime, runnable, invocation);
  if (verdict.kind === 'leave') return verdict.settlement;
  if (verdict.kind === 'lost') return await giveUp(step, item, verdict.starts);
  const stop = keepMarkAlive(runtime, runnable, invocation);
  try {
    const outcome = await runTask(step, item, {
      cutShort: async () => {
        if (!step.first) await takeBack();
      },
      heard: takeBack,
      requeued: takeBack,
      endedUntold: () => runtime.adapters.startMarks.end(startKey(runnable), markExpiry(runtime)),
    });
    if (outcome.kind === 'late') await takeBack();
    return outcome;
  } finally {
    stop();
  }
}

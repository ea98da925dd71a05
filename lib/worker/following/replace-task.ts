import type { Replacement } from '../../app/replacement.ts';
import type { StartWatch } from '../run-task.ts';
import { type Settlement, settle } from '../settlement.ts';
import { reportEnd, type Step } from '../step.ts';
import { parentOf } from './follow-success.ts';
import { leased } from './leased.ts';
import { inModeOf } from './native-mode.ts';

/**
 * Sends what takes a task's place, then settles. Nothing is stored, as in Celery: until something is stored of what took
 * its place, a redelivery runs the task again and sends the same again, under the same ids; from then on it is an old copy.
 *
 *     a      the task      runs, sends a' -----------------> settled            time ------>
 *     a again                     runs, sends a' again       | an old copy: settled, it follows nothing
 *     a'     its replacement               STARTED or ended -+
 *
 * @throws EncodeError, ImproperlyConfigured, QueueNotFound for what can never be sent; OperationalError, BatchSendError
 * @see celery.app.task.Task.replace
 */
export async function replaceTask(
  step: Step,
  replacement: Replacement,
  runtimeMs: number,
  watch: StartWatch | undefined,
): Promise<Settlement> {
  const { app } = step.runtime;
  const { message } = step.runnable;
  const sent = inModeOf(message, replacement.plan, step.runtime.clock);
  const plan = message.leased ? leased(sent) : sent;
  const prepared = await app.preparePlans([plan], parentOf(message));
  await prepared.publish({ again: true });
  await reportEnd(step, { status: 'IGNORED', result: null }, { runtimeMs, error: replacement });
  await watch?.endedUntold();
  return settle;
}

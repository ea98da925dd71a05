import { DecodeError } from '../errors.ts';
import type { StoredResult } from '../ports/index.ts';
import type { ExceptionObject } from '../protocol/index.ts';
import { readDocument } from '../results/index.ts';
import { deadLetter, deathBy, whereNoLetterGoes } from './dead-letter.ts';
import { type Settlement, settle } from './settlement.ts';
import type { Step } from './step.ts';
import { isReopened } from './store-state.ts';

/**
 * Publishes what follows from a stored final state. Every delivery that finds the state repeats it, harmlessly,
 * so that a crash between storing and following loses nothing.
 *
 * @throws OperationalError
 */
export async function follow(step: Step, item: StoredResult): Promise<Settlement> {
  const dead = item.own?.dead;
  if (dead === undefined || isReopened(item, step.runnable)) return settle;
  const { adapters, app } = step.runtime;
  const { result } = await readDocument(item, {
    blobs: async () => adapters.blobs,
    serializer: app.conf.resultSerializer,
  });
  return await followDeath(step, result as ExceptionObject, dead);
}

/** What follows a death: the message moves to the dead-letter queue. */
export async function followDeath(
  { runtime, runnable }: Step,
  exception: ExceptionObject,
  generation: number,
): Promise<Settlement> {
  const sent = await deadLetter(runtime, runnable.delivery, {
    reason: exception.exc_type,
    detail: String(exception.exc_message[0] ?? ''),
    id: runnable.id,
    taskName: runnable.message.task,
    generation,
  });
  return sent ? settle : whereNoLetterGoes;
}

/** Neither runs nor forgets a task whose stored state cannot be read: its message waits in the dead-letter queue. */
export async function leaveUnread({ runtime, runnable }: Step): Promise<Settlement> {
  const { id, generation, message, delivery } = runnable;
  const error = new DecodeError(
    `What is stored of task ${id} cannot be read here, so whether it is finished is not known. Have Python write ` +
      'result_compression gzip or brotli, or delete the item, and send this message back.',
  );
  runtime.logger.error(error.message, { id, name: message.task });
  const death = deathBy(error, { id, taskName: message.task, generation });
  return (await deadLetter(runtime, delivery, death)) ? settle : whereNoLetterGoes;
}

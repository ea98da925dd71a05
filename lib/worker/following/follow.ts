import { DecodeError, PayloadError } from '../../errors.ts';
import type { StoredResult } from '../../ports/index.ts';
import type { ExceptionObject, ResultDocument } from '../../protocol/index.ts';
import { readDocument } from '../../results/index.ts';
import { deadLetter, deathBy, whereNoLetterGoes } from '../dead-letter.ts';
import type { Refused } from '../incoming.ts';
import { type Settlement, settle } from '../settlement.ts';
import type { Step } from '../step.ts';
import { isOfReplacement, isReopened } from '../store-state.ts';
import { withWhatFollows } from '../with-payload.ts';
import { mayFollow } from './ended.ts';
import { followEnd } from './follow-end.ts';

/**
 * Publishes what follows from a stored final state. Every delivery that finds the state repeats it, harmlessly,
 * so that a crash between storing and following loses nothing. What took the task's place has taken over what was to
 * follow it, too, and follows by its own deliveries.
 *
 * @throws OperationalError
 */
export async function follow(step: Step, item: StoredResult): Promise<Settlement> {
  if (isOfReplacement(item, step.runnable)) return settle;
  const dead = isReopened(item, step.runnable) ? undefined : item.own?.dead;
  if (dead === undefined && !mayFollow(step.runnable.message)) return settle;
  const loaded = await withWhatFollows(step.runtime, step.runnable);
  if (loaded.kind === 'refused') return leaveUnfollowed(step, loaded);
  const { message } = loaded;
  const document = await readEnd(step, item);
  if (!document) return await leaveUnread(step);
  const { status, result, traceback } = document;
  await followEnd(step.runtime, {
    message,
    attempt: item.own?.attempt ?? step.runnable.attempt,
    ...{ status, result, traceback },
    byPython: item.own === undefined,
  });
  return dead === undefined ? settle : await followDeath(step, result as ExceptionObject, dead);
}

/** undefined: it cannot be read here. */
async function readEnd(
  { runtime: { adapters, app } }: Step,
  item: StoredResult,
): Promise<ResultDocument | undefined> {
  try {
    return await readDocument(item, {
      blobs: async () => adapters.blobs,
      serializer: app.conf.resultSerializer,
    });
  } catch (error) {
    if (error instanceof DecodeError || error instanceof PayloadError) return undefined;
    throw error;
  }
}

/** The message's body is gone, and with it what was to follow; its task has ended. */
function leaveUnfollowed({ runtime }: Step, { id, error }: Refused): Settlement {
  runtime.logger.error('What follows a finished task cannot be read', { id, error });
  return settle;
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

import { NotRegistered } from '../errors.ts';
import type { StoredResult } from '../ports/index.ts';
import type { TaskMessage } from '../protocol/index.ts';
import { deadLetter, deathBy, whereNoLetterGoes } from './dead-letter.ts';
import { followEnd } from './following/follow-end.ts';
import type { Refused } from './incoming.ts';
import { type Settlement, settle } from './settlement.ts';
import { waitForLease } from './starting/lease.ts';
import { failureWithoutTraceback, stateDocument } from './state-document.ts';
import { isFinished, isPast, isReopened, storeState } from './store-state.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

/**
 * Fails the task of a message that cannot be run, where its id can be read, and moves the message to the
 * dead-letter queue. A copy of a task that has ended meanwhile is settled, if it can be read at all.
 *
 * @throws OperationalError
 */
export async function refuseDelivery(
  runtime: WorkerRuntime,
  refused: Refused,
  item: StoredResult | undefined,
): Promise<Settlement> {
  const { error, delivery, id, taskName, message, readable } = refused;
  const current = await storeDeath(runtime, refused, item);
  const wait = current && waitForLease(runtime, refused, current);
  if (wait) return wait;
  const ended = current && !current.own?.dead;
  if (ended && message) return settle;
  runtime.logger.warn('A message that cannot run goes to the dead-letter queue', {
    id,
    name: taskName,
    reason: error.name,
    detail: error.message,
  });
  await tellRefusal(runtime, refused);
  if (readable && id !== undefined) await followRefusal(runtime, refused, readable);
  const generation = current?.own?.dead ?? refused.generation + 1;
  const sent = await deadLetter(runtime, delivery, deathBy(error, { id, taskName, generation }));
  return sent ? settle : whereNoLetterGoes;
}

/** Nobody waits for what was to follow, unlike in Celery. */
async function followRefusal(
  runtime: WorkerRuntime,
  { attempt, error }: Refused,
  message: TaskMessage,
): Promise<void> {
  const { status, result } = failureWithoutTraceback(error);
  await followEnd(runtime, { message, attempt, status, result, traceback: null, byPython: false });
}

/** @see celery.worker.consumer.consumer.Consumer.on_unknown_task */
async function tellRefusal(
  { app: { hooks } }: WorkerRuntime,
  { error: exc, delivery: { body: message }, id }: Refused,
): Promise<void> {
  if (exc instanceof NotRegistered) {
    await hooks.tell('taskUnknown', { message, exc, name: exc.task, id });
  } else {
    await hooks.tell('taskRejected', { message, exc });
  }
}

/** Stores the FAILURE; answers the item that says otherwise, if there is one. */
async function storeDeath(
  runtime: WorkerRuntime,
  refused: Refused,
  item: StoredResult | undefined,
): Promise<StoredResult | undefined> {
  const { id } = refused;
  if (id === undefined) return undefined;
  if (item && (isFinished(item) || isPast(item, refused)) && !isReopened(item, refused))
    return item;
  const state = stateDocument(runtime, refused, failureWithoutTraceback(refused.error));
  return await storeState(
    runtime,
    { ...refused, id },
    { ...state, seen: item, dead: refused.generation + 1 },
  );
}

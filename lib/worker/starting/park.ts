import type { Delivery } from '../../ports/index.ts';
import { base64Body } from '../../protocol/index.ts';
import { prolongChords } from '../following/prolong-chords.ts';
import type { Runnable } from '../incoming.ts';
import { isFifo } from '../plan-batch.ts';
import { giveBack, type Settlement, settle } from '../settlement.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { planParking } from './plan-parking.ts';
import { revocableOf } from './revocable.ts';

/** A schedule that has fired goes late: until then its name is taken. */
const againSeconds = 60;

/**
 * Puts a message that came before its eta away: up to 15 minutes as a delayed message, longer by a one-off schedule
 * that brings it back a little early. No worker waits.
 *
 * @param hopMs It is to come back after this time at the latest, and no schedule is made; at most what a queue delays.
 * @throws OperationalError
 */
export async function park(
  runtime: WorkerRuntime,
  runnable: Runnable,
  eta: Date,
  { hopMs }: { readonly hopMs?: number } = {},
): Promise<Settlement> {
  const { broker, schedules } = runtime.adapters;
  const { delivery } = runnable;
  await prolongChords(runtime, runnable, eta);
  const body = base64Body(delivery.body);
  const now = runtime.clock.now();
  const hops = hopMs !== undefined;
  const parking = planParking({
    eta: hops ? Math.min(eta.getTime(), now + hopMs) : eta.getTime(),
    now,
    fifo: isFifo(delivery.queue),
    schedulable: !hops && schedules !== undefined && body.length <= schedules.maxBodyBytes,
    maxDelaySeconds: broker.maxDelaySeconds,
  });
  switch (parking.kind) {
    case 'hold':
      return giveBack(parking.delaySeconds);
    case 'delay':
      return await sendAgain(runtime, delivery, parking.delaySeconds);
    case 'schedule':
      return await schedule(runtime, runnable, body, parking.fireAt);
  }
}

/** Has a copy of the message take its place, whose receives are counted anew. Not on FIFO. @throws OperationalError */
export async function sendAgain(
  { adapters }: WorkerRuntime,
  { queue, body, attributes, groupId }: Delivery,
  delaySeconds: number,
): Promise<Settlement> {
  await adapters.broker.send(queue, { body, attributes, groupId, delaySeconds });
  return settle;
}

/**
 * The message may be settled only while a schedule of it is still to fire, and only if no revoke came in between:
 *
 *     revoke: record, look for the schedule        it finds the schedule, or
 *     park:   create the schedule, look for the record        this finds the record
 */
async function schedule(
  runtime: WorkerRuntime,
  runnable: Runnable,
  body: string,
  fireAt: number,
): Promise<Settlement> {
  const { schedules, revocations } = runtime.adapters;
  const { id, sharedId, attempt, generation, delivery } = runnable;
  const outcome = await schedules?.create({
    taskId: sharedId ?? id,
    copy: sharedId === undefined ? undefined : id,
    attempt,
    generation,
    fireAt,
    queue: delivery.queue,
    body,
    groupId: delivery.groupId,
  });
  const ahead = outcome?.created || (outcome && outcome.fireAt > runtime.clock.now());
  if (!ahead) return giveBack(againSeconds);
  const revocable = revocableOf(runnable);
  const revoked = await revocations.revoked(revocable ? [revocable] : []);
  return revoked.size > 0 ? giveBack(0) : settle;
}

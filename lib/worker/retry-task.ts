import type { Retry } from '../errors.ts';
import type { StoredResult } from '../ports/index.ts';
import {
  decodePayloadReference,
  encodeReference,
  encodeTaskMessage,
  formatIsoDate,
  parseIsoDate,
  parseJson,
  stringifyJson,
  TaskState,
} from '../protocol/index.ts';
import { writeBody } from '../serializers/index.ts';
import { follow } from './following/follow.ts';
import type { Runnable } from './incoming.ts';
import {
  type BodyElsewhere,
  fitNext,
  type NextAttempt,
  nextMessage,
  nextQueue,
} from './next-attempt.ts';
import { isFifo } from './plan-batch.ts';
import { giveBackLater, type Settlement, settle } from './settlement.ts';
import { waitForLease } from './starting/lease.ts';
import { failure, stateDocument } from './state-document.ts';
import { reportEnd, type Step, storesErrors } from './step.ts';
import { isFinished, storeState } from './store-state.ts';

/**
 * Stores RETRY with what changes, then publishes the next attempt. A crash in between is mended by the redelivery,
 * which finds RETRY one ahead of itself and publishes from what is stored.
 *
 * @throws EncodeError for arguments JSON cannot carry; QueueNotFound; OperationalError
 * @see celery.app.task.Task.retry
 */
export async function retryTask(
  step: Step,
  seen: StoredResult | undefined,
  retry: Retry,
  runtimeMs: number,
): Promise<Settlement> {
  const { runtime, runnable } = step;
  await checkQueue(step, retry);
  const next = await fitNext(step, { eta: retry.eta, changes: retry.changes });
  const text = writeNext(next);
  const content = { ...failure(retry.exc ?? retry), status: TaskState.RETRY };
  if (storesErrors(step)) {
    const eta = next.eta?.getTime() ?? 0;
    const state = stateDocument(runtime, runnable, content);
    const current = await storeState(runtime, runnable, {
      ...state,
      seen,
      retry: { text, eta },
      lease: step.lease?.drop(),
    });
    if (current) return await yieldTo(step, current);
  }
  await reportEnd(step, content, { runtimeMs, error: retry });
  await publish(step, next);
  return settle;
}

/** An empty batch sends nothing, and tells whether there is such a queue: once RETRY is stored it is too late to fail. */
async function checkQueue(step: Step, { eta, changes }: Retry): Promise<void> {
  if (changes.queue === undefined) return;
  await step.runtime.adapters.broker.sendBatch(nextQueue(step, { eta, changes }), []);
}

/** Whether the item is the retry of this very delivery's attempt, stored and perhaps never published. */
export function isRetryOf(item: StoredResult, { attempt, generation }: Runnable): boolean {
  const { own } = item;
  return own?.retry !== undefined && own.attempt === attempt + 1 && own.generation === generation;
}

/** Publishes the next attempt again, from what is stored. */
export async function republishRetry(step: Step, item: StoredResult): Promise<Settlement> {
  await publish(step, readNext(item.own?.retry ?? '{}'));
  return settle;
}

/** What becomes of a delivery whose run ended behind another state: nothing of the run is stored. @throws OperationalError */
export async function yieldTo(step: Step, current: StoredResult): Promise<Settlement> {
  const { runtime, runnable, lease } = step;
  if (isFinished(current)) return await follow(step, current);
  if (isRetryOf(current, runnable)) return await republishRetry(step, current);
  const wait = waitForLease(runtime, runnable, current);
  // Who ran under a lease has lost it: whoever is on record may never be heard of, and then this delivery starts again.
  return wait ?? (lease ? giveBackLater(runnable.delivery.receiveCount) : settle);
}

async function publish(step: Step, next: NextAttempt): Promise<void> {
  const { runtime, runnable } = step;
  const { broker } = runtime.adapters;
  const { delivery } = runnable;
  const message = nextMessage(step, next);
  const body = message.reference ? undefined : writeBody(message, runnable.form);
  const queue = nextQueue(step, next);
  const delaySeconds = Math.ceil(((next.eta?.getTime() ?? 0) - runtime.clock.now()) / 1000);
  await broker.send(queue, {
    body: encodeTaskMessage(message, runtime.clock.now(), body),
    groupId: delivery.groupId,
    ...(isFifo(queue)
      ? // Whoever finds this delivery again publishes the same; ids of tasks may be used again, and need not suit SQS.
        { deduplicationId: `${delivery.messageId}-retry` }
      : delaySeconds > 0 && { delaySeconds: Math.min(delaySeconds, broker.maxDelaySeconds) }),
  });
}

function writeNext({ eta, changes, elsewhere }: NextAttempt): string {
  return stringifyJson({
    eta: eta && formatIsoDate(eta),
    ...(elsewhere && {
      elsewhere: { ...elsewhere, reference: encodeReference(elsewhere.reference) },
    }),
    ...changes,
    ...(changes.expires && { expires: formatIsoDate(changes.expires) }),
  });
}

function readNext(text: string): NextAttempt {
  const { eta, expires, elsewhere, ...changes } = parseJson(text) as Record<string, unknown>;
  return {
    eta: typeof eta === 'string' ? parseIsoDate(eta) : null,
    elsewhere: elsewhere === undefined ? undefined : readElsewhere(elsewhere),
    changes: { ...changes, ...(typeof expires === 'string' && { expires: parseIsoDate(expires) }) },
  };
}

function readElsewhere(value: unknown): BodyElsewhere {
  const { reference, argsrepr, kwargsrepr } = value as Record<keyof BodyElsewhere, unknown>;
  return {
    reference: decodePayloadReference(reference),
    argsrepr: String(argsrepr),
    kwargsrepr: String(kwargsrepr),
  };
}

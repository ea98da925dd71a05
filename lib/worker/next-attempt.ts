import { EncodeError, type RetryChanges } from '../errors.ts';
import { describeLimit } from '../payloads/index.ts';
import { bodyNeededUntil, isExternal, withReference } from '../producer/index.ts';
import {
  argsreprOf,
  kwargsreprOf,
  laneOf,
  type PayloadReference,
  queueOfLane,
  type TaskMessage,
} from '../protocol/index.ts';
import { bodyBytes, writeBody } from '../serializers/index.ts';
import type { Step } from './step.ts';

/** What the next attempt's message has other than the one before it. */
export interface NextAttempt {
  readonly eta: Date | null;
  /** Without arguments where the whole body is elsewhere. */
  readonly changes: RetryChanges;
  readonly elsewhere?: BodyElsewhere | undefined;
}

/** A body that was put away for the next attempt, and what people see of it. */
export interface BodyElsewhere {
  readonly reference: PayloadReference;
  readonly argsrepr: string;
  readonly kwargsrepr: string;
}

/** The longest changed body that stands in the item of state RETRY, beside the cause, until it is published. */
export const mostBytesInItem = 200_000;

/**
 * Puts the next attempt's body away where it is too large, or where it lies already and would not last: before RETRY is
 * stored, so that whoever publishes from what is stored publishes the same.
 *
 * @throws EncodeError for arguments the serializer cannot carry, or that are too large; OperationalError
 */
export async function fitNext(step: Step, next: NextAttempt): Promise<NextAttempt> {
  const { runtime, runnable } = step;
  const { adapters, app, clock, random } = runtime;
  const { args, kwargs, ...changes } = next.changes;
  const changed = args !== undefined || kwargs !== undefined;
  const { reference } = runnable.message;
  const until = reference ? reference.until : undefined;
  const lasts = until === null || (until ?? 0) >= bodyNeededUntil(next.eta, clock.now());
  if (!changed && (reference === null || lasts)) return next;

  const message = nextMessage(step, next);
  const body = writeBody(message, runnable.form);
  const size = bodyBytes(body).byteLength;
  if (reference === null && size <= mostBytesInItem) return next;

  const { blobs } = adapters;
  const { largePayloads } = app.conf;
  const queue = nextQueue(step, next);
  if (!blobs || !largePayloads || isExternal(queue, adapters.broker, largePayloads)) {
    throw new EncodeError(
      `The retry of ${message.task} changes its arguments to ${size} bytes; the limit is ${mostBytesInItem}` +
        `${blobs && largePayloads ? ` on the external queue '${queue}'` : ''}. ${describeLimit}`,
    );
  }
  const away = await withReference(message, body, { blobs, clock, random });
  const { argsrepr, kwargsrepr } = message;
  return {
    eta: next.eta,
    changes,
    elsewhere: { reference: away.reference, argsrepr, kwargsrepr },
  };
}

/**
 * Where the next attempt goes: where this one came from, unless it changes its queue or its priority, which has a lane of
 * its own. A copy that an exchange gave out stays on its queue.
 */
export function nextQueue({ runtime, runnable }: Step, { changes }: NextAttempt): string {
  const { delivery, message } = runnable;
  const { priority = message.priority } = changes;
  if (changes.queue === undefined && changes.priority === undefined) return delivery.queue;
  const { lanes } = runtime.adapters.broker;
  const queue = changes.queue ?? queueOfLane(delivery.queue, lanes);
  return laneOf(queue, lanes?.get(queue), priority, runtime.app.router.maxPriority(queue));
}

/** All of the message but what changes. A null parent becomes the task itself: a quirk of Celery's. */
export function nextMessage(step: Step, next: NextAttempt): TaskMessage {
  const { message, task, sharedId } = step.runnable;
  const { eta, changes, elsewhere } = next;
  const { queue, args, kwargs, headers, ...options } = changes;
  return {
    ...message,
    ...options,
    ...(args && { args, argsrepr: argsreprOf(args, message, task.options) }),
    ...(kwargs && { kwargs, kwargsrepr: kwargsreprOf(kwargs, message, task.options) }),
    ...((args || kwargs) && { reference: null }),
    ...elsewhere,
    headers: { ...message.headers, ...headers },
    eta,
    retries: message.retries + 1,
    parentId: message.parentId ?? message.id,
    deliveryInfo:
      sharedId !== undefined && queue === undefined
        ? message.deliveryInfo
        : { exchange: '', routingKey: nextQueue(step, next) },
  };
}

import { EncodeError, type RetryChanges } from '../errors.ts';
import { describeLimit } from '../payloads/index.ts';
import { bodyNeededUntil, isExternal, withReference } from '../producer/index.ts';
import {
  type PayloadReference,
  reprArgs,
  reprKwargs,
  type TaskMessage,
} from '../protocol/index.ts';
import { bodyBytes, writeBody } from '../serializers/index.ts';
import type { Runnable } from './incoming.ts';
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
const mostBytesInItem = 200_000;

/**
 * Puts the next attempt's body away where it is too large, or where it lies already and would not last: before RETRY is
 * stored, so that whoever publishes from what is stored publishes the same.
 *
 * @throws EncodeError for arguments the serializer cannot carry, or that are too large; OperationalError
 */
export async function fitNext(
  { runtime, runnable }: Step,
  next: NextAttempt,
): Promise<NextAttempt> {
  const { adapters, app, clock, random } = runtime;
  const { args, kwargs, ...changes } = next.changes;
  const changed = args !== undefined || kwargs !== undefined;
  const { reference } = runnable.message;
  const until = reference ? reference.until : undefined;
  const lasts = until === null || (until ?? 0) >= bodyNeededUntil(next.eta, clock.now());
  if (!changed && (reference === null || lasts)) return next;

  const message = nextMessage(runnable, next);
  const body = writeBody(message, runnable.form);
  const size = bodyBytes(body).byteLength;
  if (reference === null && size <= mostBytesInItem) return next;

  const { blobs } = adapters;
  const { largePayloads } = app.conf;
  const queue = nextQueue(runnable, next);
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

/** Where the next attempt goes. A copy that an exchange gave out stays on its own queue. */
export function nextQueue({ delivery }: Runnable, { changes }: NextAttempt): string {
  return changes.queue ?? delivery.queue;
}

/** All of the message but what changes. A null parent becomes the task itself: a quirk of Celery's. */
export function nextMessage(
  { message, delivery, task, sharedId }: Runnable,
  { eta, changes, elsewhere }: NextAttempt,
): TaskMessage {
  const { queue, args, kwargs, headers, ...options } = changes;
  return {
    ...message,
    ...options,
    ...(args && { args, argsrepr: task.options.argsrepr ?? reprArgs(args) }),
    ...(kwargs && { kwargs, kwargsrepr: task.options.kwargsrepr ?? reprKwargs(kwargs) }),
    ...((args || kwargs) && { reference: null }),
    ...elsewhere,
    headers: { ...message.headers, ...headers },
    eta,
    retries: message.retries + 1,
    parentId: message.parentId ?? message.id,
    deliveryInfo:
      sharedId !== undefined && queue === undefined
        ? message.deliveryInfo
        : { exchange: '', routingKey: queue ?? delivery.queue },
  };
}

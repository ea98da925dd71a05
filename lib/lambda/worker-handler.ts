import { type Celery, connectThrough } from '../app/index.ts';
import { connectInBundle } from '../connect/worker-bundle.ts';
import { ImproperlyConfigured } from '../errors.ts';
import type { Delivery } from '../ports/index.ts';
import { type MessageAttributes, messageAttribute } from '../protocol/index.ts';
import { createWorker, type Settlement, type Worker, type WorkerOptions } from '../worker/index.ts';
import { CELERY_MAX_ATTEMPTS } from './environment.ts';
import type { InvocationContext, SqsBatchResponse, SqsEvent, SqsRecord } from './sqs-event.ts';

/** A Lambda handler for SQS event sources with partial batch responses. */
export type WorkerHandler = (
  event: SqsEvent,
  context: InvocationContext,
) => Promise<SqsBatchResponse>;

/**
 * Makes a Lambda function a worker of `app`.
 *
 * Adapters come from `CELERY_ENDPOINTS` at the first batch, once a cold start. What is finished is deleted by Lambda;
 * what is given back is reported, after its visibility timeout says when it may return.
 *
 * @example
 * import { createWorkerHandler } from 'celery-aws/lambda';
 * import { app } from '../src/tasks.ts';
 * export const handler = createWorkerHandler(app);
 */
export function createWorkerHandler(app: Celery, options: WorkerOptions = {}): WorkerHandler {
  if (process.env.CELERY_AWS_WORKER_BUNDLE) connectThrough(connectInBundle);
  let worker: Promise<Worker> | undefined;
  return async (event, context) => {
    worker ??= connectWorker(app, context, options);
    const connected = await worker.catch((error: unknown) => {
      worker = undefined;
      throw error;
    });
    return await handleBatch(connected, event, context);
  };
}

async function connectWorker(
  app: Celery,
  context: InvocationContext,
  options: WorkerOptions,
): Promise<Worker> {
  return createWorker(app, await app.adapters(), {
    hostname: context.functionName,
    maxAttempts: maxAttemptsOf(process.env[CELERY_MAX_ATTEMPTS]),
    ...options,
  });
}

function maxAttemptsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new ImproperlyConfigured(
    `${CELERY_MAX_ATTEMPTS} is '${text}', expected a whole number of at least 1`,
  );
}

async function handleBatch(
  worker: Worker,
  event: SqsEvent,
  context: InvocationContext,
): Promise<SqsBatchResponse> {
  const startedAt = worker.app.clock.now();
  const deliveries = event.Records.map((record) => deliveryOf(worker, record));
  const settlements = await worker.process(deliveries, {
    token: context.awsRequestId,
    startedAt,
    deadline: startedAt + context.getRemainingTimeInMillis(),
  });
  const returned = await Promise.all(
    deliveries.map((delivery, i) => giveBack(worker, delivery, settlements[i])),
  );
  return {
    batchItemFailures: returned.flatMap((itemIdentifier) =>
      itemIdentifier ? [{ itemIdentifier }] : [],
    ),
  };
}

/** Says when the delivery may return; answers its id if Lambda must not delete it. */
async function giveBack(
  { adapters, app }: Worker,
  delivery: Delivery,
  settlement: Settlement | undefined,
): Promise<string | undefined> {
  if (settlement?.kind === 'settle') return undefined;
  try {
    await adapters.consumer.changeVisibility(delivery, settlement?.delaySeconds ?? 0);
  } catch (error) {
    app.logger.warn('A delivery given back waits for its visibility timeout instead of its delay', {
      messageId: delivery.messageId,
      queue: delivery.queue,
      error,
    });
  }
  return delivery.messageId;
}

function deliveryOf({ adapters }: Worker, record: SqsRecord): Delivery {
  return {
    messageId: record.messageId,
    queue: adapters.consumer.queueOf(record.eventSourceARN),
    body: record.body,
    attributes: attributesOf(record),
    receiveCount: Number(record.attributes.ApproximateReceiveCount),
    sentAt: Number(record.attributes.SentTimestamp),
    groupId: record.attributes.MessageGroupId,
    receipt: record.receiptHandle,
  };
}

function attributesOf({ messageAttributes = {} }: SqsRecord): MessageAttributes {
  return Object.fromEntries(
    Object.entries(messageAttributes).flatMap(([name, { dataType, stringValue, binaryValue }]) => {
      const value = binaryValue === undefined ? stringValue : fromBase64(binaryValue);
      const attribute = messageAttribute(dataType, value);
      return attribute === undefined ? [] : [[name, attribute]];
    }),
  );
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

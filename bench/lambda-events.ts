import { randomUUID } from 'node:crypto';
import type { InvocationContext, SqsEvent } from '../lib/lambda/index.ts';

/** The event with which Lambda would bring these messages of `queue`, received for the first time. */
export function eventOf(bodies: readonly string[], queue: string): SqsEvent {
  return {
    Records: bodies.map((body) => ({
      messageId: randomUUID(),
      receiptHandle: 'receipt',
      body,
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
      messageAttributes: {},
      eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    })),
  };
}

/** An invocation with a minute left. */
export const context: InvocationContext = {
  awsRequestId: randomUUID(),
  functionName: 'bench',
  getRemainingTimeInMillis: () => 60_000,
};

/** `items` in batches of ten, as Lambda brings them. */
export function inTens<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / 10) }, (_, batch) =>
    items.slice(batch * 10, batch * 10 + 10),
  );
}

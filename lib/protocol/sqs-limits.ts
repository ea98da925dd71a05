import { attributeBytes, type MessageAttributes } from './message-attributes.ts';

/** Body and attributes of one message together, and of one batch request, in UTF-8 bytes. */
export const maxMessageBytes = 1_048_576;

/** The longest `DelaySeconds`. */
export const maxDelaySeconds = 900;

/** The longest a message may stay invisible, counted from its receipt. */
export const maxVisibilitySeconds = 43_200;

/** The most messages one request sends or receives. */
export const maxBatchEntries = 10;

/** A FIFO queue's name ends so, and so does its URL. */
export function isFifoQueue(nameOrUrl: string): boolean {
  return nameOrUrl.endsWith('.fifo');
}

/** What SQS has rules about. */
export interface SqsMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  readonly delaySeconds?: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

/** What SQS counts against `maxMessageBytes`: the body, and name, type and value of every attribute. */
export function messageBytes({
  body,
  attributes = {},
}: Pick<SqsMessage, 'body' | 'attributes'>): number {
  return Buffer.byteLength(body) + attributeBytes(attributes);
}

/** Splits messages, in their order, into as few requests as SQS allows. One that is too large stands alone. */
export function packBatches<M extends SqsMessage>(messages: readonly M[]): M[][] {
  const batches: M[][] = [];
  let batch: M[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = messageBytes(message);
    if (batch.length === 0 || batch.length === maxBatchEntries || bytes + size > maxMessageBytes) {
      batch = [];
      bytes = 0;
      batches.push(batch);
    }
    batch.push(message);
    bytes += size;
  }
  return batches;
}

/**
 * Gives a message what its kind of queue asks for and takes from it what the queue would refuse: a FIFO queue wants a
 * group and a deduplication id, and no delay, not even of zero; a standard queue wants no deduplication id.
 *
 * @see kombu.transport.SQS.Channel._put
 */
export function fitToQueue<M extends SqsMessage>(
  message: M,
  fifo: boolean,
  newId: () => string,
): M {
  if (!fifo) return message.deduplicationId ? { ...message, deduplicationId: undefined } : message;
  const { groupId = 'default', deduplicationId = newId(), delaySeconds } = message;
  return { ...message, groupId, deduplicationId, delaySeconds: delaySeconds || undefined };
}

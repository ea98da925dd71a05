import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Delivery, QueueConsumer, ReceiveOptions } from '../ports/index.ts';
import { type MessageAttributes, messageAttribute } from '../protocol/message-attributes.ts';
import { request } from './operational-error.ts';
import type { QueueDirectory } from './queue-directory.ts';

/** What `SqsConsumer` works with. */
export interface SqsConsumerOptions {
  readonly client: SQSClient;
  readonly queues: QueueDirectory;
}

/** Receives from SQS and settles what was received. */
export class SqsConsumer implements QueueConsumer {
  readonly #client: SQSClient;
  readonly #queues: QueueDirectory;

  constructor({ client, queues }: SqsConsumerOptions) {
    this.#client = client;
    this.#queues = queues;
  }

  queueOf(arn: string): string {
    return this.#queues.nameOf(arn);
  }

  async receive(
    queue: string,
    { max, waitSeconds, signal }: ReceiveOptions,
  ): Promise<readonly Delivery[]> {
    const url = this.#queues.url(queue);
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: max,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp', 'MessageGroupId'],
      MessageAttributeNames: ['All'],
    });
    if (signal?.aborted) return [];
    try {
      const answer = await request(
        () => `Receiving from queue '${queue}' (${url})`,
        this.#client.send(command, { abortSignal: signal }),
      );
      return (answer.Messages ?? []).map((message) => toDelivery(queue, message));
    } catch (error) {
      if (signal?.aborted) return [];
      throw error;
    }
  }

  async delete({ queue, receipt }: Delivery): Promise<void> {
    const url = this.#queues.url(queue);
    const command = new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt });
    const deleted = this.#client.send(command).catch((error: unknown) => {
      // How ministack answers a receipt that AWS ignores: the message is deleted, or was received again since.
      if (!(error instanceof ReceiptHandleIsInvalid)) throw error;
    });
    await request(() => `Deleting from queue '${queue}' (${url})`, deleted);
  }

  async changeVisibility({ queue, receipt }: Delivery, seconds: number): Promise<void> {
    const url = this.#queues.url(queue);
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: url,
      ReceiptHandle: receipt,
      VisibilityTimeout: seconds,
    });
    await request(
      () => `Giving back to queue '${queue}' (${url}) for ${seconds} s`,
      this.#client.send(command),
    );
  }
}

function toDelivery(queue: string, message: Message): Delivery {
  const system = message.Attributes ?? {};
  return {
    messageId: message.MessageId ?? '',
    queue,
    body: message.Body ?? '',
    attributes: readAttributes(message),
    receiveCount: Number(system.ApproximateReceiveCount ?? 1),
    sentAt: Number(system.SentTimestamp ?? 0),
    groupId: system.MessageGroupId,
    receipt: message.ReceiptHandle ?? '',
  };
}

function readAttributes({ MessageAttributes = {} }: Message): MessageAttributes {
  return Object.fromEntries(
    Object.entries(MessageAttributes).flatMap(([name, { DataType, StringValue, BinaryValue }]) => {
      const attribute = messageAttribute(DataType, BinaryValue ?? StringValue);
      return attribute === undefined ? [] : [[name, attribute]];
    }),
  );
}

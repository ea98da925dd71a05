import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Where a message is: it may be received, has been received, or is delayed. */
export type MessagePlace = 'waiting' | 'inFlight' | 'delayed';

const attributes = {
  waiting: 'ApproximateNumberOfMessages',
  inFlight: 'ApproximateNumberOfMessagesNotVisible',
  delayed: 'ApproximateNumberOfMessagesDelayed',
} as const;

/** How many messages a queue has, there and there. Local engines count exactly. */
export async function messagesIn(
  sqs: SQSClient,
  url: string | undefined,
  places: readonly MessagePlace[] = ['waiting', 'inFlight', 'delayed'],
): Promise<number> {
  const AttributeNames = places.map((place) => attributes[place]);
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }),
  );
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

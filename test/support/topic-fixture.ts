import { randomUUID } from 'node:crypto';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { LazySns, QueueDirectory, SnsFanout, SqsConsumer } from '../../lib/aws/index.ts';
import { systemRandom } from '../../lib/ports/index.ts';
import type { FanoutFixture } from '../../lib/testing/contracts/index.ts';

/** A topic that delivers raw to two new queues, and a third queue beside them. */
export async function openTopic({ sqs }: { readonly sqs: SQSClient }): Promise<FanoutFixture> {
  const run = randomUUID().slice(0, 8);
  const region = process.env.AWS_REGION ?? 'us-east-1';
  const client = new SNSClient({ region });
  const { TopicArn = '' } = await client.send(new CreateTopicCommand({ Name: `news-${run}` }));
  const names = [`a-${run}`, `b-${run}`, `alone-${run}`] as const;
  const urls = new Map<string, string>();
  for (const name of names) {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    urls.set(name, QueueUrl);
  }
  const [one, other, unbound] = names;
  for (const name of [one, other]) await subscribe(client, sqs, TopicArn, urls.get(name) ?? '');
  const sns = new LazySns(region);
  return {
    fanout: new SnsFanout({ sns, topics: new Map([['news', TopicArn]]), random: systemRandom }),
    consumer: new SqsConsumer({ client: sqs, queues: new QueueDirectory({ queues: urls }) }),
    exchange: 'news',
    queues: [one, other],
    unbound,
    async close() {
      await client.send(new DeleteTopicCommand({ TopicArn }));
      for (const url of urls.values()) await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
      await sns.destroy();
      client.destroy();
    },
  };
}

async function subscribe(
  sns: SNSClient,
  sqs: SQSClient,
  TopicArn: string,
  QueueUrl: string,
): Promise<void> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: Attributes?.QueueArn,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { test as base, type TestAPI } from 'vitest';
import { type Clients, createAwsAdapters } from '../../lib/aws/index.ts';
import { Celery, silentLogger, systemClock, systemRandom } from '../../lib/index.ts';
import type { Endpoints } from '../../lib/protocol/endpoints.ts';
import { createWorker, pollQueues } from '../../lib/worker/index.ts';
import { evenIfAnsweredLate } from '../support/answered-late.ts';
import { type AwsFixtures, openAwsFixtures } from '../support/aws-fixtures.ts';
import { startUnsteadyAws, type UnsteadyAws } from './unsteady-aws.ts';

const queue = 'unsteady';

/** A worker in this process whose AWS fails when told to, and a producer whose AWS does not. */
export interface UnsteadySetting {
  readonly aws: AwsFixtures;
  readonly endpoints: Endpoints;
  readonly unsteady: UnsteadyAws;
  /** Sends past the proxy. */
  readonly producer: Celery;
}

export const test: TestAPI<UnsteadySetting> = base.extend<UnsteadySetting>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  aws: async ({}, use) => {
    const aws = openAwsFixtures();
    await use(aws);
    await aws.close();
  },
  endpoints: async ({ aws }, use) => {
    const endpoints = await createEndpoints(aws);
    await use(endpoints);
    await deleteQueues(aws, endpoints);
  },
  unsteady: async ({ endpoints }, use) => {
    const unsteady = await startUnsteadyAws(new URL(endpoints.queueUrl).origin);
    const stop = startWorker(endpoints, unsteady);
    await use(unsteady);
    await stop();
    await unsteady.close();
  },
  producer: async ({ endpoints }, use) => {
    const producer = new Celery('producer', { endpoints, taskDefaultQueue: queue });
    await use(producer);
    await producer.close();
  },
});

/** A worker in this process, whose every request passes the proxy. Answers how to stop it. */
function startWorker(endpoints: Endpoints, { endpoint }: UnsteadyAws): () => Promise<void> {
  const app = new Celery('unsteady', { logger: silentLogger });
  app.task('unsteady.identity', { params: ['x'] }, async (x: unknown) => {
    await sleep(100);
    return x;
  });
  const adapters = createAwsAdapters({
    endpoints,
    clock: systemClock,
    random: systemRandom,
    clients: impatientClients(endpoint),
  });
  const stopping = new AbortController();
  const worker = createWorker(app, adapters);
  const polling = pollQueues(worker, { queues: [queue], signal: stopping.signal });
  return async () => {
    stopping.abort();
    await polling;
    await adapters.close();
  };
}

/** They give up sooner than those of `createClients`, so that more than the SDK's own retries is put to the test. */
function impatientClients(endpoint: string): Clients {
  const options = { endpoint, maxAttempts: 2 };
  return {
    sqs: new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
    dynamodb: new DynamoDBClient(options),
  };
}

/** A queue and tables as the stack makes them, but that what is not given back returns after seconds. */
async function createEndpoints(aws: AwsFixtures): Promise<Endpoints> {
  const name = `unsteady-${randomUUID().slice(0, 8)}`;
  const dead = await createQueue(aws, `${name}-dead`, {});
  const policy = {
    deadLetterTargetArn: await queueArn(aws, dead),
    maxReceiveCount: 100,
  };
  const queueUrl = await createQueue(aws, name, {
    VisibilityTimeout: '5',
    RedrivePolicy: JSON.stringify(policy),
  });
  return {
    version: 1,
    region: process.env.AWS_REGION ?? 'us-east-1',
    defaultQueue: queue,
    queueUrl,
    queues: { [queue]: name },
    deadLetterQueues: { [queue]: dead },
    resultTable: await aws.resultTable(),
    stateTable: await aws.stateTable(),
  };
}

async function createQueue(
  { sqs }: Clients,
  QueueName: string,
  Attributes: Record<string, string>,
): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
}

async function deleteQueues({ sqs }: Clients, endpoints: Endpoints): Promise<void> {
  for (const QueueUrl of [endpoints.queueUrl, deadLetterUrl(endpoints)]) {
    const deletion = sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await evenIfAnsweredLate(deletion, 'QueueDoesNotExist');
  }
}

/** URL of the dead-letter queue. */
export function deadLetterUrl({ deadLetterQueues }: Endpoints): string {
  return deadLetterQueues[queue] ?? '';
}

async function queueArn({ sqs }: Clients, QueueUrl: string): Promise<string | undefined> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  return Attributes?.QueueArn;
}

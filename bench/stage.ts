import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import type { Clients } from '../lib/aws/index.ts';
import type { Endpoints } from '../lib/index.ts';
import { openEngine } from '../local/engine.ts';
import { useLocalEnvironment } from '../local/environment.ts';
import { openAwsFixtures } from '../test/support/aws-fixtures.ts';

/** An engine with a queue and tables that the measures share. */
export interface Stage {
  /** What the engine is, for people. */
  readonly engine: string;
  /** Its URL. */
  readonly endpoint: string;
  readonly endpoints: Endpoints;
  /** Clients of the SDK, for what is measured against them. */
  readonly clients: Clients;
  readonly queueUrl: string;
  /** Empties the queue, so that no measure pays for those before it. */
  emptyQueue(): Promise<void>;
  close(): Promise<void>;
}

/** Finds or starts an engine, and makes this process use it. */
export async function openStage(report: (line: string) => void): Promise<Stage> {
  const engine = await openEngine({ report });
  useLocalEnvironment(engine.endpoint);
  const fixtures = openAwsFixtures();
  const { queue, queues, close } = await fixtures.createQueues();
  const queueUrl = queues.url(queue);
  return {
    engine: `${engine.name} at ${engine.endpoint}`,
    endpoint: engine.endpoint,
    endpoints: {
      version: 1,
      region: process.env.AWS_REGION ?? '',
      defaultQueue: queue,
      queueUrl,
      queues: { [queue]: queue },
      deadLetterQueues: {},
      resultTable: await fixtures.resultTable(),
      stateTable: await fixtures.stateTable(),
    },
    clients: fixtures,
    queueUrl,
    async emptyQueue() {
      await fixtures.sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl }));
    },
    async close() {
      await close();
      await fixtures.close();
      await engine.stop();
    },
  };
}

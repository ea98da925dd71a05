import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { taskItemKey } from '../lib/protocol/item-keys.ts';
import type { CountingProxy } from './counting-proxy.ts';
import type { SendingPlace } from './instant-sqs.ts';
import type { Stage } from './stage.ts';

/** Queues of a canvas's own, which are seen through a proxy. */
export interface CanvasPlace extends SendingPlace {
  close(): Promise<void>;
}

/** A queue of tasks and one for control messages. */
export async function openCanvasPlace(
  { clients: { sqs }, endpoints, queueUrl: url }: Stage,
  { endpoint }: CountingProxy,
): Promise<CanvasPlace> {
  const made: string[] = [];
  const create = async (name: string) => {
    const Attributes = { VisibilityTimeout: '600' };
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: `${name}-${made.length}-${Date.now()}`, Attributes }),
    );
    made.push(QueueUrl);
    return QueueUrl.replace(new URL(url).origin, endpoint);
  };
  const [queueUrl, controlQueue] = [await create('canvas'), await create('control')];
  const defaultQueue = queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
  return {
    endpoint,
    queueUrl,
    endpoints: {
      ...endpoints,
      defaultQueue,
      queueUrl,
      queues: { [defaultQueue]: defaultQueue },
      controlQueue,
    },
    async close() {
      for (const QueueUrl of made) await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
}

/** Waits for the end of these tasks, past any proxy: whoever waits is not counted. */
export async function untilEnded(stage: Stage, ids: readonly string[]): Promise<void> {
  const deadline = Date.now() + 300_000;
  for (const id of ids) {
    while (!(await hasEnded(stage, id))) {
      if (Date.now() > deadline) throw new Error(`Task ${id} did not end within five minutes`);
      await sleep(50);
    }
  }
}

async function hasEnded({ clients, endpoints }: Stage, id: string): Promise<boolean> {
  const Key = { id: { S: taskItemKey(id) } };
  const { Item } = await clients.dynamodb.send(
    new GetItemCommand({ TableName: endpoints.resultTable, Key, ConsistentRead: true }),
  );
  const document = Item?.result?.B;
  return document !== undefined && /"(SUCCESS|FAILURE)"/.test(Buffer.from(document).toString());
}

import { type Clients, createClients } from '../../lib/aws/index.ts';
import { Celery } from '../../lib/index.ts';
import { parseEndpoints, queueUrls } from '../../lib/protocol/endpoints.ts';
import { deployedStack } from '../support/deployed-stack.ts';
import { LetterBox } from './letter-box.ts';

/** The stack of `app.ts` on the tests' engine, and a producer of its tasks. */
export interface IntegrationStack extends Clients {
  readonly app: Celery;
  queueUrl(queue: string): string;
  deadLetterUrl(queue: string): string;
  /** The letters of this queue; one box a queue and run of the tests. */
  letterBox(queue: string): LetterBox;
  close(): Promise<void>;
}

/** Connects to the stack, which is deployed once a run. */
export async function integrationStack(): Promise<IntegrationStack> {
  const outputs = (await deployedStack('test/integration/app.ts')).Integration;
  const endpoints = parseEndpoints(outputs?.CeleryEndpoints ?? '');
  const app = new Celery('producer', { endpoints });
  const clients = createClients({ region: endpoints.region });
  const urlIn = (of: 'queues' | 'deadLetterQueues', queue: string) => {
    const url = queueUrls(endpoints, of).get(queue);
    if (url === undefined) throw new Error(`The stack has no queue '${queue}'`);
    return url;
  };
  const boxes: LetterBox[] = [];
  return {
    ...clients,
    app,
    queueUrl: (queue) => urlIn('queues', queue),
    deadLetterUrl: (queue) => urlIn('deadLetterQueues', queue),
    letterBox(queue) {
      const box = new LetterBox(clients.sqs, urlIn('deadLetterQueues', queue));
      boxes.push(box);
      return box;
    },
    async close() {
      await Promise.all(boxes.map((box) => box.close()));
      await app.close();
      clients.sqs.destroy();
      clients.dynamodb.destroy();
    },
  };
}

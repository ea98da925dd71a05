import { type Clients, createClients } from '../../lib/aws/index.ts';
import { Celery } from '../../lib/index.ts';
import { parseEndpoints, queueUrls } from '../../lib/protocol/endpoints.ts';
import { Starts } from '../interop/starts.ts';
import { deployedStack } from '../support/deployed-stack.ts';
import { LetterBox } from './letter-box.ts';

/** The stack of `app.ts` on the tests' engine, and a producer of its tasks. */
export interface IntegrationStack extends Clients {
  readonly app: Celery;
  /** Another producer, with connections of its own. */
  anotherApp(): Celery;
  /** For the tests of one file: whoever reads what starts leave behind takes it away. */
  starts(): Promise<Starts>;
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
  const apps: Celery[] = [];
  const anotherApp = () => {
    const one = new Celery('producer', { endpoints });
    apps.push(one);
    return one;
  };
  const app = anotherApp();
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
    anotherApp,
    async starts() {
      const { consumer } = await app.adapters();
      return new Starts(consumer, clients.sqs, queueUrls(endpoints, 'queues'));
    },
    queueUrl: (queue) => urlIn('queues', queue),
    deadLetterUrl: (queue) => urlIn('deadLetterQueues', queue),
    letterBox(queue) {
      const box = new LetterBox(clients.sqs, urlIn('deadLetterQueues', queue));
      boxes.push(box);
      return box;
    },
    async close() {
      await Promise.all(boxes.map((box) => box.close()));
      await Promise.all(apps.map((one) => one.close()));
      clients.sqs.destroy();
      clients.dynamodb.destroy();
    },
  };
}

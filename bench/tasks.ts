import {
  type AsyncResult,
  type Broker,
  Celery,
  type CeleryOptions,
  type Task,
} from '../lib/index.ts';

/** The application that is measured, with the smallest of tasks. */
export interface BenchApp {
  readonly app: Celery;
  readonly add: Task<'bench.add', [x: number, y: number], number>;
}

/** A new application, on whatever the options name. */
export function benchApp(options: CeleryOptions): BenchApp {
  const app = new Celery('bench', options);
  return { app, add: app.task('bench.add', (x: number, y: number) => x + y) };
}

/** The messages of `count` calls of `add`, as they would travel, and the results that wait for them. */
export async function recordMessages(
  count: number,
): Promise<{ readonly bodies: string[]; readonly results: AsyncResult<number>[] }> {
  const bodies: string[] = [];
  const { add } = benchApp({ broker: recordingBroker(bodies) });
  const results: AsyncResult<number>[] = [];
  for (let i = 0; i < count; i++) results.push(await add.delay(i, i));
  return { bodies, results };
}

/** The messages of `count` calls of any task, without arguments. */
export async function recordCalls(name: string, count: number): Promise<string[]> {
  const bodies: string[] = [];
  const { app } = benchApp({ broker: recordingBroker(bodies) });
  for (let i = 0; i < count; i++) await app.sendTask(name);
  return bodies;
}

function recordingBroker(bodies: string[]): Broker {
  return {
    maxDelaySeconds: 900,
    maxMessageBytes: 2 ** 20,
    queues: () => ['celery'],
    deadLetterQueue: () => undefined,
    async send(_queue, { body }) {
      bodies.push(body);
    },
    async sendBatch(_queue, messages) {
      bodies.push(...messages.map(({ body }) => body));
      return messages.map(() => undefined);
    },
  };
}

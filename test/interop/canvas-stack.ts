import { fileURLToPath } from 'node:url';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CeleryApp } from '../../cdk/index.ts';

/**
 * A stack with a queue for each way that canvas is run: by Python alone, by TypeScript alone, and by whoever of both gets
 * a message first. Whoever runs a task sends what follows to the same queue.
 */
export function canvasStack(name: string): void {
  const stack = new Stack(new App(), name);
  new CeleryApp(stack, 'Celery', {
    defaultQueue: 'typescript',
    // It would take most messages before Python's worker gets to any.
    workers: {
      typescript: worker('typescript'),
      both: { ...worker('both'), batchSize: 1, maxConcurrency: 2 },
    },
    queues: { python: { external: true } },
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

function worker(queue: string) {
  return {
    entry: fileURLToPath(new URL('./worker.ts', import.meta.url)),
    timeout: Duration.seconds(30),
    memorySize: 512,
    queues: [queue],
    environment: { RESULT_EXTENDED: '1', DEFAULT_QUEUE: queue },
  };
}

import { fileURLToPath } from 'node:url';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CeleryApp } from '../../cdk/index.ts';

/**
 * The stack for tasks that misbehave: `plain` for those that do no harm to others, a queue and worker of its own for each
 * that ends, blocks or outlives its process, and `newer` with a worker that knows one task more than the others.
 */
const stack = new Stack(new App(), 'Integration');

const worker = { entry: source('./worker.ts'), timeout: Duration.seconds(10) };
const killed = { ...worker, timeout: Duration.seconds(3) };

new CeleryApp(stack, 'Celery', {
  defaultQueue: 'plain',
  maxAttempts: 2,
  workers: {
    plain: worker,
    exit: { ...killed, queues: ['exit'] },
    hang: { ...killed, queues: ['hang'] },
    spin: { ...killed, queues: ['spin'] },
    newer: { ...worker, entry: source('./newer-worker.ts'), queues: ['newer'] },
  },
  removalPolicy: RemovalPolicy.DESTROY,
});

function source(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

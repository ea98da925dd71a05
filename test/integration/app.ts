import { fileURLToPath } from 'node:url';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CeleryApp } from '../../cdk/index.ts';

/**
 * The stack for tasks that misbehave: `plain` for those that do no harm to others, a queue and worker of its own for each
 * that ends, blocks or outlives its process, and `newer` with a worker that knows one task more than the others. `left` and
 * `right` have one worker, so that a task may be with it twice at once; what goes to `lost`, `given-up` and `claimed` ends
 * its process under a lease or claim. Nobody serves `starts`: tests count there. `Large` is a second application, with a
 * bucket for what is too large for a message.
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
    twins: { ...worker, queues: ['left', 'right'] },
    lost: { ...killed, queues: ['lost', 'given-up', 'claimed'] },
    newer: { ...worker, entry: source('./newer-worker.ts'), queues: ['newer'] },
  },
  queues: { starts: { external: true } },
  endpointsInParameter: true,
  removalPolicy: RemovalPolicy.DESTROY,
});

new CeleryApp(stack, 'Large', {
  defaultQueue: 'large',
  largePayloads: true,
  workers: { large: worker },
  removalPolicy: RemovalPolicy.DESTROY,
});

function source(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

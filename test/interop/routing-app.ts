import { fileURLToPath } from 'node:url';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CeleryApp } from '../../cdk/index.ts';

/**
 * Lanes, and a fanout exchange with a queue of a worker here and one of a Python worker. Nobody serves `waiting`: tests look
 * into it.
 */
const stack = new Stack(new App(), 'Routing');

new CeleryApp(stack, 'Celery', {
  workers: {
    default: {
      entry: fileURLToPath(new URL('./worker.ts', import.meta.url)),
      timeout: Duration.seconds(10),
      queues: ['celery', 'news-here'],
      maxConcurrency: 10,
    },
  },
  queues: {
    celery: { priorities: true },
    'news-python': { external: true },
    waiting: { external: true },
  },
  broadcasts: { news: { queues: ['news-here', 'news-python'] } },
  removalPolicy: RemovalPolicy.DESTROY,
});

import { fileURLToPath } from 'node:url';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CeleryApp } from '../../cdk/index.ts';

/**
 * The stack that real Python Celery is checked against: queue `celery`, results table `celery`. Beside them a FIFO queue
 * with a worker of its own, and queues that Python workers serve. What goes to `extended` and to `peer` is run by a worker
 * of each language, with the same setting; it has a minute. The visibility timeout of `short` is 30 seconds. Nobody
 * serves `waiting` and `starts`: tests look into them.
 */
const stack = new Stack(new App(), 'Interop');

const worker = {
  entry: fileURLToPath(new URL('./worker.ts', import.meta.url)),
  timeout: Duration.seconds(10),
  memorySize: 512,
};

new CeleryApp(stack, 'Celery', {
  queueName: 'celery',
  tableName: 'celery',
  maxAttempts: 3,
  pythonControl: true,
  workers: {
    default: worker,
    orders: { ...worker, queues: ['orders.fifo'] },
    extended: {
      ...worker,
      timeout: Duration.minutes(1),
      queues: ['extended'],
      environment: { RESULT_EXTENDED: '1' },
    },
    short: { ...worker, timeout: Duration.seconds(5), queues: ['short'] },
  },
  queues: {
    python: { external: true },
    'python.fifo': { external: true },
    peer: { external: true },
    waiting: { external: true },
    starts: { external: true },
  },
  removalPolicy: RemovalPolicy.DESTROY,
});

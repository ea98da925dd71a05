import { fileURLToPath } from 'node:url';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CeleryApp } from '../../cdk/index.ts';

/**
 * An application with a bucket for large payloads, a worker for results in each serializer, and a queue that a Python
 * worker serves.
 */
const stack = new Stack(new App(), 'Payloads');

const worker = {
  entry: fileURLToPath(new URL('./payloads-worker.ts', import.meta.url)),
  timeout: Duration.seconds(30),
  memorySize: 512,
};

new CeleryApp(stack, 'Celery', {
  largePayloads: true,
  workers: {
    default: worker,
    yaml: { ...worker, queues: ['yaml'], environment: { RESULT_SERIALIZER: 'yaml' } },
    msgpack: { ...worker, queues: ['msgpack'], environment: { RESULT_SERIALIZER: 'msgpack' } },
  },
  queues: { python: { external: true } },
  removalPolicy: RemovalPolicy.DESTROY,
});

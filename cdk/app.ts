import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CeleryApp } from './index.ts';

/** The worker is written in TypeScript here, and compiled beside this file in the installed package. */
const worker = new URL(`../functions/demo-worker${extname(import.meta.url)}`, import.meta.url);

/** The demonstration: one queue, one worker, and tables that go when the stack goes. */
const stack = new Stack(new App(), 'CeleryDemo');

new CeleryApp(stack, 'Celery', {
  workers: {
    default: {
      entry: fileURLToPath(worker),
      description: 'Runs the tasks of functions/demo-tasks.ts',
      timeout: Duration.seconds(30),
      memorySize: 1024,
    },
  },
  removalPolicy: RemovalPolicy.DESTROY,
});

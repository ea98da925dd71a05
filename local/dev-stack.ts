import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CeleryApp } from '../cdk/index.ts';
import { devQueuesVariable } from './dev-queues.ts';

/**
 * A worker in hand of a message keeps it invisible by itself. What an emulator hands to a connection that a restart
 * has closed comes back after this.
 */
const visibilityTimeout = Duration.seconds(15);

/** What `celery-aws dev` deploys: the queues and tables of an application whose worker is a process, not a function. */
const queues = (process.env[devQueuesVariable] ?? 'celery').split(',');

new CeleryApp(new Stack(new App(), 'CeleryDev'), 'Celery', {
  workers: {},
  defaultQueue: queues[0],
  queues: Object.fromEntries(queues.map((name) => [name, { external: true, visibilityTimeout }])),
  removalPolicy: RemovalPolicy.DESTROY,
});

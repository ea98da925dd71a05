import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CeleryApp } from '../cdk/index.ts';
import { type DevQueues, devQueuesVariable } from './dev-queues.ts';

/**
 * A worker in hand of a message keeps it invisible by itself. What an emulator hands to a connection that a restart
 * has closed comes back after this.
 */
const visibilityTimeout = Duration.seconds(15);

const celery = '{"queues":[{"name":"celery","priorities":false}],"broadcasts":{}}';

/** What `celery-aws dev` deploys: queues, topics and tables of an application whose worker is a process, not a function. */
const { queues, broadcasts }: DevQueues = JSON.parse(process.env[devQueuesVariable] ?? celery);

new CeleryApp(new Stack(new App(), 'CeleryDev'), 'Celery', {
  workers: {},
  defaultQueue: queues[0]?.name,
  queues: Object.fromEntries(
    queues.map(({ name, priorities }) => [name, { external: true, visibilityTimeout, priorities }]),
  ),
  broadcasts: Object.fromEntries(
    Object.entries(broadcasts).map(([exchange, members]) => [exchange, { queues: members }]),
  ),
  removalPolicy: RemovalPolicy.DESTROY,
});

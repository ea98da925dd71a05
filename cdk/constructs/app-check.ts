import type { Duration } from 'aws-cdk-lib';
import type { Celery } from '../../lib/app/index.ts';
import { ImproperlyConfigured } from '../../lib/errors.ts';

type Task = Celery['tasks'] extends ReadonlyMap<string, infer T> ? T : never;

/** What is deployed for an application, as far as its tasks and settings have to fit it. */
export interface DeployedFor {
  /** The construct's path, where errors say it went wrong. */
  readonly path: string;
  readonly defaultQueue: string;
  /** Every queue by Celery's name, and the timeout of the worker here that serves it, if any. */
  readonly queues: ReadonlyMap<string, Duration | undefined>;
  /** Fanout exchanges, and their queues. */
  readonly broadcasts: ReadonlyMap<string, readonly string[]>;
}

/**
 * Looks for what an application asks and its infrastructure has not, before anything is deployed: its tasks' queues, time
 * limits and rate limits, its `taskQueues` and fanout exchanges.
 *
 * @throws ImproperlyConfigured with the way out
 */
export function checkApp(app: Celery, deployed: DeployedFor): void {
  for (const { name } of app.conf.taskQueues ?? []) checkQueue(deployed, name, 'taskQueues');
  for (const [exchange, queues] of app.router.exchanges.fanouts()) {
    checkFanout(deployed, exchange, queues);
  }
  for (const task of app.tasks.values()) checkTask(app, task, deployed);
}

function checkTask(app: Celery, task: Task, deployed: DeployedFor): void {
  for (const queue of queuesOf(app, task, deployed)) {
    checkQueue(deployed, queue, `task '${task.name}'`);
    checkRateLimit(deployed, task, queue);
    checkTimeLimits(deployed, task, queue);
  }
}

/** Where its calls go that say nothing themselves. A route that wants to see arguments is shown none. */
function queuesOf(app: Celery, task: Task, { defaultQueue }: DeployedFor): readonly string[] {
  const { queue, exchange } = app.destinationOf(task.name);
  return exchange ? exchange.queues : [queue ?? defaultQueue];
}

function checkQueue({ path, queues }: DeployedFor, queue: string, whose: string): void {
  if (queues.has(queue)) return;
  throw new ImproperlyConfigured(
    `${path}: ${whose} of the app names queue '${queue}', and there are: ${[...queues.keys()].join(', ')}. ` +
      "Add it to a worker's queues, or say external: true in 'queues' if workers elsewhere serve it.",
  );
}

function checkFanout(
  { path, broadcasts }: DeployedFor,
  exchange: string,
  queues: readonly string[],
): void {
  const bound = broadcasts.get(exchange);
  const missing = bound && queues.find((queue) => !bound.includes(queue));
  if (bound && missing === undefined) return;
  throw new ImproperlyConfigured(
    `${path}: taskQueues of the app bind ${queues.map((queue) => `'${queue}'`).join(', ')} to the fanout exchange '${exchange}', ` +
      `${bound ? `whose topic does not serve '${missing}'` : 'which has no topic'}. ` +
      `Say broadcasts: { '${exchange}': { queues: [...] } } with all of them.`,
  );
}

function checkRateLimit({ path }: DeployedFor, { name, options }: Task, queue: string): void {
  if (options.rateLimit === null || !queue.endsWith('.fifo')) return;
  throw new ImproperlyConfigured(
    `${path}: task '${name}' has a rateLimit and goes to the FIFO queue '${queue}', where SQS delays no single message, so that its ` +
      'starts could not be spread. Send it to a standard queue, or take the rateLimit away.',
  );
}

function checkTimeLimits(
  { path, queues }: DeployedFor,
  { name, options }: Task,
  queue: string,
): void {
  const timeout = queues.get(queue);
  const limit = Math.max(options.softTimeLimit ?? 0, options.timeLimit ?? 0);
  if (timeout === undefined || limit < timeout.toSeconds()) return;
  throw new ImproperlyConfigured(
    `${path}: task '${name}' has a time limit of ${limit} seconds, and the worker of queue '${queue}' ends after ` +
      `${timeout.toHumanString()}, so that the limit would never be reached. Raise the worker's timeout or lower the limit.`,
  );
}

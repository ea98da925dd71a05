import { Construct } from 'constructs';
import type { CeleryAppProps } from './celery-app-props.ts';
import { defaultQueueName, defaultTimeout, visibilityTimeoutFor } from './defaults.ts';
import { planQueues } from './queue-plan.ts';
import { TaskQueue } from './task-queue.ts';

/** A queue of an application and the name of its worker; undefined: it is served elsewhere. */
export interface AppQueue {
  readonly queue: TaskQueue;
  readonly worker: string | undefined;
}

/** Every queue that the properties of `app` speak of, by Celery's name. @throws ImproperlyConfigured */
export function createAppQueues(
  app: Construct,
  props: CeleryAppProps,
): ReadonlyMap<string, AppQueue> {
  const workers = Object.entries(props.workers);
  const plan = planQueues({
    path: app.node.path,
    defaultQueue: props.defaultQueue ?? defaultQueueName,
    workers: new Map(workers.map(([name, { queues }]) => [name, queues])),
    settings: new Map(Object.entries(props.queues ?? {})),
  });
  const scope = new Construct(app, 'Queues');
  return new Map(
    [...plan].map(([name, worker]) => [
      name,
      { queue: createQueue(scope, props, name, worker), worker },
    ]),
  );
}

function createQueue(
  scope: Construct,
  props: CeleryAppProps,
  name: string,
  workerName: string | undefined,
): TaskQueue {
  const settings = props.queues?.[name] ?? {};
  const worker = workerName === undefined ? undefined : props.workers[workerName];
  const isDefault = name === (props.defaultQueue ?? defaultQueueName);
  return new TaskQueue(scope, name, {
    name,
    maxAttempts: props.maxAttempts,
    queueName: settings.queueName ?? (isDefault ? props.queueName : undefined),
    retentionPeriod: settings.retentionPeriod,
    priorities: settings.priorities,
    encryptionKey: settings.encryptionKey ?? props.encryptionKey,
    // A visibility timeout that is too short for the worker is refused by the worker.
    visibilityTimeout:
      settings.visibilityTimeout ??
      visibilityTimeoutFor(worker?.timeout ?? defaultTimeout, worker?.maxBatchingWindow),
  });
}

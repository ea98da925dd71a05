import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Celery } from '../../lib/app/index.ts';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { nearestName } from '../../lib/protocol/nearest-name.ts';
import type { BroadcastProps } from './broadcast.ts';
import type { TaskQueueOptions } from './task-queue.ts';
import type { WorkerOptions } from './worker.ts';

/** A worker of a `CeleryApp`. */
export interface AppWorkerOptions extends WorkerOptions {
  /**
   * Celery's names of the queues it serves; each queue has one worker.
   *
   * @default - the default queue
   */
  readonly queues?: readonly string[];
}

/** Settings of one queue of a `CeleryApp`. */
export interface AppQueueOptions extends TaskQueueOptions {
  /**
   * The queue is served by workers elsewhere, Python's for example, and only produced to from here.
   *
   * @default false
   */
  readonly external?: boolean;
}

/** A fanout exchange of a `CeleryApp`. */
export interface AppBroadcastOptions extends Omit<BroadcastProps, 'name' | 'queues'> {
  /** Celery's names of the queues that get a copy of each message: of a queue with lanes its lowest, or the lane that is named. */
  readonly queues: readonly string[];
}

/** Properties of a `CeleryApp`. */
export interface CeleryAppProps {
  /** Workers by a name of your choice. One that names no queues serves the default queue. */
  readonly workers: Readonly<Record<string, AppWorkerOptions>>;
  /**
   * Celery's name of the queue for tasks that name none (`task_default_queue`).
   *
   * @default 'celery'
   */
  readonly defaultQueue?: string;
  /**
   * Settings of single queues by Celery's name, and queues that are served elsewhere.
   *
   * @default - every queue that a worker names, with the defaults of `TaskQueue`
   */
  readonly queues?: Readonly<Record<string, AppQueueOptions>>;
  /**
   * The default queue's name in SQS; its dead-letter queue's is this one with `-dead`.
   *
   * @default - CloudFormation makes one up
   */
  readonly queueName?: string;
  /**
   * The results table's name in DynamoDB.
   *
   * @default - CloudFormation makes one up
   */
  readonly tableName?: string;
  /**
   * How often a task may be started and never be heard of again, before it fails as `WorkerLostError`.
   *
   * @default 3
   */
  readonly maxAttempts?: number;
  /**
   * How long Python keeps what it stores, as `ttl_seconds` of the printed Python settings. Workers here use their
   * own setting `resultExpires`.
   *
   * @default Duration.days(1)
   */
  readonly resultExpires?: Duration;
  /**
   * Python's `revoke()`, `revoke_by_stamped_headers()` and `rate_limit()` of `app.control`, and `AsyncResult.revoke()`,
   * reach the workers here, by an SNS topic that the printed Python settings name. True makes one.
   *
   * @default - none: Python's commands go nowhere, as in Celery on SQS
   */
  readonly pythonControl?: boolean | ITopic;
  /**
   * Makes a bucket for arguments and results that are too large for a message (1 MiB) or an item (400 kB). Lambda's
   * runtime has the client that workers need; elsewhere install `@aws-sdk/client-s3`. From what size on they go there is
   * the application's own setting `largePayloads`, since producers elsewhere decide by it, too.
   *
   * @default false: they are refused
   */
  readonly largePayloads?: boolean;
  /**
   * Messages that wait for longer than 15 minutes wait in EventBridge Scheduler, as one-off schedules.
   *
   * @default true; false: they are sent on every 15 minutes, and nobody holds rights of Scheduler
   */
  readonly parking?: boolean;
  /**
   * Fanout exchanges by name: whatever is sent to one goes to each of its queues, by an SNS topic that Python's
   * `Broadcast` shares.
   *
   * @default - none
   */
  readonly broadcasts?: Readonly<Record<string, AppBroadcastOptions>>;
  /**
   * The application that the workers run, to be checked at synthesis: queues of its tasks and `taskQueues` are there,
   * fanout exchanges have topics, time limits fit the workers' timeouts, no task with a rate limit goes to a FIFO queue. Its
   * module is then loaded where the stack is synthesised.
   *
   * @default - not checked: what does not fit shows when it is sent or run
   */
  readonly app?: Celery;
  /**
   * Keeps 35 days of continuous backups of the tables.
   *
   * @default false
   */
  readonly pointInTimeRecovery?: boolean;
  /**
   * What becomes of the tables when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * A key of your own for queues and tables. Everyone who is granted something may then use the key.
   *
   * @default - the services' own keys
   */
  readonly encryptionKey?: IKey;
  /**
   * What the alarms of all workers do; giving some makes the alarms.
   *
   * @default - no alarms
   */
  readonly alarmActions?: readonly IAlarmAction[];
  /**
   * Keeps `CELERY_ENDPOINTS` in an SSM parameter instead of the functions' environment. Lambda's runtime has the
   * client that reads it; elsewhere install `@aws-sdk/client-ssm`.
   *
   * @default - only if the value may be longer than 3 kB (Lambda takes 4 kB of environment in all)
   */
  readonly endpointsInParameter?: boolean;
}

const known: Readonly<Record<keyof CeleryAppProps, true>> = {
  workers: true,
  defaultQueue: true,
  queues: true,
  queueName: true,
  tableName: true,
  maxAttempts: true,
  resultExpires: true,
  pointInTimeRecovery: true,
  removalPolicy: true,
  encryptionKey: true,
  alarmActions: true,
  endpointsInParameter: true,
  largePayloads: true,
  pythonControl: true,
  broadcasts: true,
  parking: true,
  app: true,
};

const knownOfQueue: Readonly<Record<keyof AppQueueOptions, true>> = {
  external: true,
  queueName: true,
  visibilityTimeout: true,
  retentionPeriod: true,
  encryptionKey: true,
  priorities: true,
};

const knownOfBroadcast: Readonly<Record<keyof AppBroadcastOptions, true>> = {
  queues: true,
  topicName: true,
  topic: true,
  encryptionKey: true,
};

/**
 * What TypeScript tells of a literal, for JavaScript and for variables. Of workers it cannot: theirs are all of a Lambda
 * function's, too.
 *
 * @throws ImproperlyConfigured that names the nearest known one
 */
export function refuseUnknownProps(path: string, props: CeleryAppProps): void {
  refuseUnknown(path, props, known);
  for (const [name, options] of Object.entries(props.queues ?? {})) {
    refuseUnknown(`${path}: queue '${name}'`, options, knownOfQueue);
  }
  for (const [name, options] of Object.entries(props.broadcasts ?? {})) {
    refuseUnknown(`${path}: broadcast '${name}'`, options, knownOfBroadcast);
  }
}

function refuseUnknown(whose: string, props: object, all: object): void {
  const names = Object.keys(all);
  const unknown = Object.keys(props).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new ImproperlyConfigured(
    `${whose}: unknown property '${unknown}'; the nearest known one is '${nearestName(unknown, names)}'. ` +
      `Known are: ${names.join(', ')}`,
  );
}

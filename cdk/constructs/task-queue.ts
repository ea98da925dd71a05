import { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { type LaneStarts, laneName } from '../../lib/protocol/priority-lanes.ts';
import { defaultMaxAttempts, defaultTimeout, visibilityTimeoutFor } from './defaults.ts';
import { allow } from './grant.ts';
import { laneStartsOf, type Priorities } from './queue-lanes.ts';
import { checkedSqsName, deadLetterName, isFifoName } from './queue-names.ts';
import { claimQueueName } from './taken-names.ts';

/** What can be chosen for a queue. */
export interface TaskQueueOptions {
  /**
   * The queue's name in SQS, translated as kombu does (`my.app` -> `my-app`); the dead-letter queue's is this
   * one with `-dead`.
   *
   * @default - CloudFormation makes one up, so that a stack can be deployed twice
   */
  readonly queueName?: string;
  /**
   * How long a delivery is a worker's own. At least six times the worker function's timeout, as AWS asks for.
   *
   * @default - six times the worker's timeout; six minutes for a `TaskQueue` on its own
   */
  readonly visibilityTimeout?: Duration;
  /**
   * How long SQS keeps a message that nobody takes. The dead-letter queue keeps its own for 14 days.
   *
   * @default Duration.days(7)
   */
  readonly retentionPeriod?: Duration;
  /**
   * A key of your own for both queues. Everyone who is granted something may then use the key.
   *
   * @default - SQS's managed encryption
   */
  readonly encryptionKey?: IKey;
  /**
   * Lanes for priorities, 9 first: each is a queue of its own, with a dead-letter queue and an event source of its own.
   * True makes three (0-3, 4-6, 7-9), a number so many; a list says the lowest priority of each (`[0, 4, 7]`). Python
   * reaches a lane by its name (`celery-p7`). The worker's concurrency has to be bounded. Not for FIFO queues.
   *
   * @default false: a priority is a property of the message, and changes nothing
   */
  readonly priorities?: Priorities;
}

/** Properties of a `TaskQueue`. */
export interface TaskQueueProps extends TaskQueueOptions {
  /** Celery's name of the queue, the one routes use. A name that ends in `.fifo` makes a FIFO queue, as in kombu. */
  readonly name: string;
  /**
   * How often a task may be started and never be heard of again. The queue's own limit of receives stays far above
   * (`max(100, maxAttempts + 10)`): throttling and neighbours' crashes raise the receives of innocents. At most 990,
   * since SQS allows 1000 receives.
   *
   * @default 3
   */
  readonly maxAttempts?: number;
}

/**
 * A Celery queue in SQS with its dead-letter queue: encrypted, TLS only.
 *
 * @example
 * const images = new TaskQueue(stack, 'Images', { name: 'images' });
 * images.grantSend(uploadFunction);
 */
export class TaskQueue extends Construct {
  /** Celery's name. */
  readonly name: string;
  /** Celery's name as SQS and Python's `predefined_queues` spell it. */
  readonly translatedName: string;
  readonly queue: Queue;
  /** Where letters lie that nobody can deliver or run. */
  readonly deadLetterQueue: Queue;
  /** Whether messages of one group arrive in order. */
  readonly fifo: boolean;
  /** How long a delivery is a worker's own. */
  readonly visibilityTimeout: Duration;
  /** The name in SQS, where it was chosen and not made up by CloudFormation. */
  readonly chosenQueueName: string | undefined;
  /** The lowest priority of each of its lanes, rising from 0; undefined: it has none. */
  readonly laneStarts: LaneStarts | undefined;
  /** Its lanes but the lowest, which is itself, rising. */
  readonly lanes: readonly TaskQueue[];

  constructor(scope: Construct, id: string, props: TaskQueueProps) {
    super(scope, id);
    this.name = props.name;
    this.translatedName = checkedSqsName(props.name);
    this.fifo = isFifoName(props.name);
    this.visibilityTimeout = props.visibilityTimeout ?? visibilityTimeoutFor(defaultTimeout);
    this.chosenQueueName = chosenName(props);
    if (this.chosenQueueName !== undefined) claimQueueName(this, this.chosenQueueName);
    this.laneStarts = laneStartsOf(props.name, this.fifo, props.priorities);
    this.lanes = (this.laneStarts ?? []).slice(1).map((lowest) => this.createLane(props, lowest));

    this.deadLetterQueue = this.createQueue('DeadLetters', props, {
      queueName: this.chosenQueueName && checkedSqsName(deadLetterName(this.chosenQueueName)),
      retentionPeriod: Duration.days(14),
    });
    this.queue = this.createQueue('Queue', props, {
      queueName: this.chosenQueueName,
      visibilityTimeout: this.visibilityTimeout,
      retentionPeriod: props.retentionPeriod ?? Duration.days(7),
      deadLetterQueue: {
        queue: this.deadLetterQueue,
        maxReceiveCount: maxReceiveCount(props.maxAttempts ?? defaultMaxAttempts),
      },
    });
  }

  /** Itself and its other lanes, rising: every queue that takes tasks of this name. */
  get all(): readonly [TaskQueue, ...TaskQueue[]] {
    return [this, ...this.lanes];
  }

  /** Lets `grantee` send tasks: `sqs:SendMessage`, which covers batches, and nothing else. */
  grantSend(grantee: IGrantable): Grant {
    return this.allowOnAll(grantee, ['sqs:SendMessage'], ({ queue }) => queue);
  }

  /** Lets `grantee` put letters on the dead-letter queue. */
  grantSendDeadLetters(grantee: IGrantable): Grant {
    return this.allowOnAll(grantee, ['sqs:SendMessage'], ({ deadLetterQueue }) => deadLetterQueue);
  }

  /** Lets `grantee` look at dead letters, delete them and send them back, as `celery-aws dead-letters` does. */
  grantDeadLetters(grantee: IGrantable): Grant {
    const actions = ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage'];
    return this.allowOnAll(grantee, actions, ({ deadLetterQueue }) => deadLetterQueue).combine(
      this.grantSend(grantee),
    );
  }

  /** Lets Python Celery's producers use this queue by `predefined_queues`: kombu asks for its size when it declares it. */
  grantPythonSend(grantee: IGrantable): Grant {
    const actions = ['sqs:SendMessage', 'sqs:GetQueueAttributes'];
    return this.allowOnAll(grantee, actions, ({ queue }) => queue);
  }

  /** How many letters lie on the dead-letter queue; the maximum of five minutes. */
  metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      ...options,
    });
  }

  /** How long the oldest message has waited, in seconds; the maximum of five minutes. */
  metricAgeOfOldestMessage(options?: MetricOptions): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', ...options });
  }

  /** Like the queue itself, by a name of its own. */
  private createLane(props: TaskQueueProps, lowest: number): TaskQueue {
    return new TaskQueue(this, `P${lowest}`, {
      ...props,
      priorities: false,
      name: laneName(props.name, lowest),
      queueName: props.queueName && laneName(props.queueName, lowest),
    });
  }

  private allowOnAll(
    grantee: IGrantable,
    actions: readonly string[],
    which: (one: TaskQueue) => Queue,
  ): Grant {
    return this.all
      .map((one) => allow(grantee, actions, this.resource(which(one))))
      .reduce((all, grant) => all.combine(grant));
  }

  private createQueue(id: string, options: TaskQueueOptions, props: QueueProps): Queue {
    const { encryptionKey } = options;
    return new Queue(this, id, {
      ...props,
      enforceSSL: true,
      // SQS refuses `FifoQueue: false`: absent is standard.
      fifo: this.fifo || undefined,
      // Parked messages come back without an id: Scheduler knows none to give.
      contentBasedDeduplication: this.fifo || undefined,
      encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: encryptionKey,
    });
  }

  private resource(queue: Queue): { arn: string; encryptionKey?: IKey } {
    return { arn: queue.queueArn, encryptionKey: queue.encryptionMasterKey };
  }
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const mostReceives = 1000;
const sparedReceives = 10;

/** The net under the worker's own counting of starts; it must never be the first to judge. */
function maxReceiveCount(maxAttempts: number): number {
  const most = mostReceives - sparedReceives;
  if (Number.isInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= most) {
    return Math.max(100, maxAttempts + sparedReceives);
  }
  throw new ImproperlyConfigured(
    `maxAttempts is ${maxAttempts}, expected a whole number from 1 to ${most}: how often a task may be started. ` +
      `SQS delivers a message at most ${mostReceives} times, and ${sparedReceives} of them are kept for throttling.`,
  );
}

function chosenName({ name, queueName }: TaskQueueProps): string | undefined {
  if (queueName === undefined) return undefined;
  if (isFifoName(queueName) !== isFifoName(name)) {
    throw new ImproperlyConfigured(
      `Queue '${name}' cannot be '${queueName}' in SQS: Celery and SQS tell a FIFO queue by its name, so either ` +
        `both end in '.fifo' or none does.`,
    );
  }
  return checkedSqsName(queueName);
}

import { Names, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import type { Endpoints } from '../../lib/protocol/endpoints.ts';
import type { Broadcast } from './broadcast.ts';
import type { ParkedMessages } from './parked-messages.ts';
import type { PayloadBucket } from './payload-bucket.ts';
import type { ResultTable } from './result-table.ts';
import type { StateTable } from './state-table.ts';
import type { TaskQueue } from './task-queue.ts';

/** Lambda allows 4 kB of environment; a quarter of it is left for the function's own variables. */
const maxEnvironmentBytes = 3072;
/** What an advanced SSM parameter holds. */
const maxParameterBytes = 8192;
/** The longest URL SQS gives, but for the queue's name: region, account, the suffix of any partition. */
const longestUrlPrefix = 'https://sqs.ap-northeast-99.amazonaws.com.cn/000000000000/';
/** The longest name CloudFormation makes up for a queue. */
const longestQueueName = 'x'.repeat(80);
/** The longest name a table has. */
const longestTableName = 'x'.repeat(255);
/** The longest name a bucket has. */
const longestBucketName = 'x'.repeat(63);
/** The longest name a topic has, in an ARN. */
const longestTopicArn = `arn:aws-cn:sns:ap-northeast-99:000000000000:${'x'.repeat(256)}`;
/** The longest name and path a role has, in an ARN. */
const longestRoleArn = `arn:aws-cn:iam::000000000000:role/${'x'.repeat(64)}`;

/** Properties of `AppEndpoints`. */
export interface AppEndpointsProps {
  /** Every queue of the application, the default one among them. */
  readonly queues: readonly TaskQueue[];
  /** Where tasks go that name no queue. */
  readonly defaultQueue: TaskQueue;
  readonly resultTable: ResultTable;
  readonly stateTable: StateTable;
  /**
   * The queue of control messages.
   *
   * @default - none: what is parked is not brought home by a revoke, and ends when its time comes; chords are not
   *   checked, `control.rateLimit` is refused
   */
  readonly control?: TaskQueue;
  /**
   * Where messages wait for longer than 15 minutes.
   *
   * @default - they are sent on every 15 minutes
   */
  readonly parked?: ParkedMessages;
  /**
   * Where arguments and results lie that are too large for a message or an item.
   *
   * @default - they are refused
   */
  readonly payloads?: PayloadBucket;
  /**
   * Queues of `queues` that workers of other libraries serve, who cannot follow references to large payloads.
   *
   * @default - none
   */
  readonly externalQueues?: readonly TaskQueue[];
  /**
   * Fanout exchanges, and the topics that are them.
   *
   * @default - none
   */
  readonly broadcasts?: readonly Broadcast[];
  /**
   * Keeps the value in an SSM parameter instead of the environment. Lambda's runtime has the client that reads it;
   * elsewhere install `@aws-sdk/client-ssm`.
   *
   * @default - only if the value may be longer than 3 kB
   */
  readonly inParameter?: boolean;
}

/** Where an application's queues and tables are, as `CELERY_ENDPOINTS` says it. */
export class AppEndpoints extends Construct {
  /** One line of JSON. */
  readonly json: string;
  /** The value of `CELERY_ENDPOINTS`: the JSON, or `ssm:/path` of a parameter that holds it. */
  readonly value: string;
  /** Every queue of the application. */
  readonly queues: readonly TaskQueue[];
  readonly resultTable: ResultTable;
  readonly stateTable: StateTable;
  /** The queue of control messages, if there is one. */
  readonly control: TaskQueue | undefined;
  /** Where messages wait for longer than 15 minutes, if anywhere. */
  readonly parked: ParkedMessages | undefined;
  /** Where large payloads lie, if anywhere. */
  readonly payloads: PayloadBucket | undefined;
  /** Its fanout exchanges. */
  readonly broadcasts: readonly Broadcast[];
  /** The parameter that holds the JSON, where the environment does not. */
  readonly parameter: StringParameter | undefined;

  constructor(scope: Construct, id: string, props: AppEndpointsProps) {
    super(scope, id);
    this.queues = props.queues;
    this.resultTable = props.resultTable;
    this.stateTable = props.stateTable;
    this.control = props.control;
    this.parked = props.parked;
    this.payloads = props.payloads;
    this.broadcasts = props.broadcasts ?? [];
    this.json = Stack.of(this).toJsonString(deployedEndpoints(Stack.of(this).region, props));

    const longest = Buffer.byteLength(JSON.stringify(longestEndpoints(props)));
    if (longest > maxParameterBytes) throw tooLong(this, longest);
    this.parameter =
      (props.inParameter ?? longest > maxEnvironmentBytes) ? this.createParameter() : undefined;
    this.value = this.parameter ? `ssm:${this.parameter.parameterName}` : this.json;
  }

  /** Lets `grantee` read the parameter, where there is one. */
  grantRead(grantee: IGrantable): Grant {
    if (!this.parameter) return Grant.drop(grantee, 'the endpoints stand in the environment');
    return Grant.addToPrincipal({
      grantee,
      actions: ['ssm:GetParameter'],
      resourceArns: [this.parameter.parameterArn],
    });
  }

  private createParameter(): StringParameter {
    return new StringParameter(this, 'Parameter', {
      parameterName: `/celery-aws/${Names.uniqueResourceName(this, { separator: '-', maxLength: 200 })}`,
      description: 'CELERY_ENDPOINTS: queues and tables of a celery-aws application',
      stringValue: this.json,
      tier: ParameterTier.INTELLIGENT_TIERING,
    });
  }
}

function deployedEndpoints(region: string, props: AppEndpointsProps): Endpoints {
  const external = (props.externalQueues ?? []).flatMap(({ all }) => all.map(({ name }) => name));
  const lanes = props.queues.flatMap(({ name, laneStarts }) =>
    laneStarts ? [[name, laneStarts] as const] : [],
  );
  const topics = (props.broadcasts ?? []).map(({ name, topic }) => [name, topic.topicArn] as const);
  return {
    version: 1,
    region,
    defaultQueue: props.defaultQueue.name,
    queueUrl: props.defaultQueue.queue.queueUrl,
    queues: byName(props.queues, ({ queue }) => queue.queueName),
    deadLetterQueues: byName(props.queues, ({ deadLetterQueue }) => deadLetterQueue.queueName),
    resultTable: props.resultTable.table.tableName,
    stateTable: props.stateTable.table.tableName,
    ...(props.control && { controlQueue: props.control.queue.queueName }),
    ...(props.parked && { parked: props.parked.place }),
    ...(props.payloads && { blobBucket: props.payloads.bucket.bucketName }),
    ...(external.length > 0 && { externalQueues: external }),
    ...(lanes.length > 0 && { lanes: Object.fromEntries(lanes) }),
    ...(topics.length > 0 && { topics: Object.fromEntries(topics) }),
  };
}

/** The same with the longest names they can get: those CloudFormation makes up are not known before they are deployed. */
function longestEndpoints(props: AppEndpointsProps): Endpoints {
  const names = byName(props.queues, ({ chosenQueueName }) => chosenQueueName ?? longestQueueName);
  return {
    ...deployedEndpoints('ap-northeast-99', props),
    queueUrl: longestUrlPrefix + (names[props.defaultQueue.name] ?? longestQueueName),
    queues: names,
    deadLetterQueues: byName(props.queues, ({ chosenQueueName }) =>
      chosenQueueName ? `${chosenQueueName}-dead` : longestQueueName,
    ),
    resultTable: longestTableName,
    stateTable: longestTableName,
    ...(props.control && { controlQueue: longestQueueName }),
    ...(props.parked && { parked: { ...props.parked.place, role: longestRoleArn } }),
    ...(props.payloads && { blobBucket: longestBucketName }),
    ...(props.broadcasts?.length && {
      topics: Object.fromEntries(props.broadcasts.map(({ name }) => [name, longestTopicArn])),
    }),
  };
}

function byName(
  queues: readonly TaskQueue[],
  place: (queue: TaskQueue) => string,
): Record<string, string> {
  const all = queues.flatMap((queue) => queue.all);
  return Object.fromEntries(all.map((queue) => [queue.name, place(queue)]));
}

function tooLong(scope: Construct, bytes: number): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `${scope.node.path}: CELERY_ENDPOINTS may take ${bytes} bytes and an SSM parameter holds ${maxParameterBytes}. ` +
      `Give the queues short names by 'queueName', or split the application.`,
  );
}

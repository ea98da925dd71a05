import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Alarm, IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { type FunctionOptions, RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type BundlingOptions, NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { CELERY_ENDPOINTS, CELERY_MAX_ATTEMPTS } from '../../lib/lambda/environment.ts';
import type { AppEndpoints } from './app-endpoints.ts';
import { defaultMaxAttempts, defaultTimeout } from './defaults.ts';
import type { TaskQueue } from './task-queue.ts';
import { WorkerAlarms } from './worker-alarms.ts';
import { explainBundling, workerBundling } from './worker-bundling.ts';
import {
  checkWorkerLimits,
  concurrencyOfSources,
  controlConcurrency,
  type WorkerLimits,
} from './worker-limits.ts';

/** What a Lambda function offers that has no meaning for one fed by queues. */
type AsyncInvocation =
  | 'deadLetterQueue'
  | 'deadLetterQueueEnabled'
  | 'deadLetterTopic'
  | 'events'
  | 'maxEventAge'
  | 'onFailure'
  | 'onSuccess'
  | 'recursiveLoop'
  | 'retryAttempts';

/** What can be chosen for a worker: all of a Lambda function's options, and these. */
export interface WorkerOptions extends Omit<FunctionOptions, AsyncInvocation> {
  /**
   * The file that exports the handler, from the folder where the CDK app runs:
   * `export const handler = createWorkerHandler(app)`. It is bundled by esbuild, with everything it imports.
   */
  readonly entry: string;
  /**
   * The name under which `entry` exports the handler.
   *
   * @default 'handler'
   */
  readonly handler?: string;
  /**
   * A Node.js runtime, 22 or later.
   *
   * @default Runtime.NODEJS_22_X
   */
  readonly runtime?: Runtime;
  /**
   * The longest a batch may take, and so the longest any task of it. At most 15 minutes.
   *
   * @default Duration.minutes(1)
   */
  readonly timeout?: Duration;
  /**
   * In MiB. More memory is also more CPU.
   *
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * How many messages an invocation gets at most, 1 to 10. They run concurrently unless the queue is FIFO.
   *
   * @default 10
   */
  readonly batchSize?: number;
  /**
   * How long Lambda gathers a batch. Saves invocations and requests, costs latency; not for FIFO queues.
   *
   * @default - not at all
   */
  readonly maxBatchingWindow?: Duration;
  /**
   * The most invocations at once for each queue of this worker, 2 to 1000. Lanes of a queue share it: the highest has
   * half of it, or more.
   *
   * @default - an equal share of `reservedConcurrentExecutions`; without that, no limit
   */
  readonly maxConcurrency?: number;
  /**
   * How `entry` is bundled, over our own choice: an ES module, minified, names kept, with source map.
   *
   * @default - as said
   */
  readonly bundling?: BundlingOptions;
  /**
   * Makes alarms for dead letters, failed invocations and waiting messages; `worker.alarms` has them.
   *
   * @default - true if there are `alarmActions`
   */
  readonly createAlarms?: boolean;
  /**
   * What alarms do.
   *
   * @default - nothing: they show their state
   */
  readonly alarmActions?: readonly IAlarmAction[];
  /**
   * From what age of a queue's oldest message there is an alarm.
   *
   * @default Duration.minutes(30)
   */
  readonly maxMessageAge?: Duration;
}

/** Properties of a `Worker`. */
export interface WorkerProps extends WorkerOptions {
  /** The queues it takes tasks from. */
  readonly queues: readonly TaskQueue[];
  /** All of the application: tasks of this worker may send to any of its queues. */
  readonly endpoints: AppEndpoints;
  /**
   * It also does what the application's control queue says.
   *
   * @default false
   */
  readonly control?: boolean;
  /**
   * How often a task may be started and never be heard of again, before it fails as `WorkerLostError`.
   *
   * @default 3
   */
  readonly maxAttempts?: number;
}

/**
 * A Lambda function that runs the tasks of some queues. What tasks need beyond Celery is granted to it as to any
 * function: `bucket.grantRead(worker)`.
 */
export class Worker extends Construct implements IGrantable {
  readonly function: NodejsFunction;
  /** The queues it takes tasks from. */
  readonly queues: readonly TaskQueue[];
  readonly grantPrincipal: IPrincipal;
  /** Empty unless there are to be alarms. */
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: WorkerProps) {
    super(scope, id);
    const limits = this.checkedLimits(props);
    this.queues = props.queues;
    this.function = explainBundling(this.node.path, () => this.createFunction(props));
    this.grantPrincipal = this.function.grantPrincipal;
    this.addEventSources(limits, concurrencyOfSources(limits));
    if (props.control) this.addControl(props.endpoints);
    this.grantWork(props.endpoints);
    this.alarms = this.createAlarms(props);
  }

  private checkedLimits(props: WorkerProps): WorkerLimits {
    const limits = {
      path: this.node.path,
      queues: props.queues,
      timeout: props.timeout ?? defaultTimeout,
      batchSize: props.batchSize ?? 10,
      maxBatchingWindow: props.maxBatchingWindow,
      maxConcurrency: props.maxConcurrency,
      reservedConcurrency: props.reservedConcurrentExecutions,
      control: props.control,
    };
    checkWorkerLimits(limits);
    return limits;
  }

  private createFunction(props: WorkerProps): NodejsFunction {
    const bundling = workerBundling(props.bundling, {
      largePayloads: props.endpoints.payloads !== undefined,
      fanout: props.endpoints.broadcasts.length > 0,
      parameter: props.endpoints.parameter !== undefined,
    });
    return new NodejsFunction(this, 'Function', {
      ...props,
      runtime: props.runtime ?? Runtime.NODEJS_22_X,
      timeout: props.timeout ?? defaultTimeout,
      memorySize: props.memorySize ?? 512,
      logGroup: props.logGroup ?? this.createLogGroup(),
      // Chains and retries go Lambda -> SQS -> Lambda more than the 16 times after which Lambda would stop them.
      recursiveLoop: RecursiveLoop.ALLOW,
      bundling,
      environment: {
        ...(bundling.sourceMap && { NODE_OPTIONS: '--enable-source-maps' }),
        ...props.environment,
        [CELERY_ENDPOINTS]: props.endpoints.value,
        [CELERY_MAX_ATTEMPTS]: String(props.maxAttempts ?? defaultMaxAttempts),
      },
    });
  }

  private createLogGroup(): LogGroup {
    return new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  private addEventSources(
    { batchSize, maxBatchingWindow }: WorkerLimits,
    concurrency: ReadonlyMap<TaskQueue, number | undefined>,
  ): void {
    for (const [{ queue }, maxConcurrency] of concurrency) {
      this.function.addEventSource(
        new SqsEventSource(queue, {
          batchSize,
          maxBatchingWindow,
          maxConcurrency,
          reportBatchItemFailures: true,
        }),
      );
    }
  }

  private addControl({ control }: AppEndpoints): void {
    if (!control) throw new ImproperlyConfigured(`${this.node.path}: there is no control queue.`);
    this.function.addEventSource(
      new SqsEventSource(control.queue, {
        batchSize: 10,
        maxConcurrency: controlConcurrency,
        reportBatchItemFailures: true,
      }),
    );
  }

  /** Lambda receives and deletes for us; what remains is sending, results, state and the reasons for dead letters. */
  private grantWork(endpoints: AppEndpoints): void {
    for (const queue of endpoints.queues) queue.grantSend(this);
    for (const queue of this.queues) queue.grantSendDeadLetters(this);
    endpoints.resultTable.grantRead(this);
    endpoints.resultTable.grantStore(this);
    endpoints.resultTable.grantForget(this);
    endpoints.stateTable.grantKeep(this);
    endpoints.stateTable.grantRevoke(this);
    endpoints.stateTable.grantCanvas(this);
    endpoints.control?.grantSend(this);
    endpoints.parked?.grantPark(this);
    endpoints.payloads?.grantWork(this);
    for (const broadcast of endpoints.broadcasts) broadcast.grantPublish(this);
    endpoints.grantRead(this);
  }

  private createAlarms(props: WorkerProps): readonly Alarm[] {
    const { alarmActions: actions = [], createAlarms = actions.length > 0 } = props;
    if (!createAlarms) return [];
    const control = props.control && props.endpoints.control ? [props.endpoints.control] : [];
    return new WorkerAlarms(this, 'Alarms', {
      function: this.function,
      queues: [...this.queues.flatMap((queue) => queue.all), ...control],
      maxMessageAge: props.maxMessageAge ?? Duration.minutes(30),
      actions,
    }).all;
  }
}

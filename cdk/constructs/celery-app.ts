import { Annotations, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { CELERY_ENDPOINTS } from '../../lib/lambda/environment.ts';
import { checkApp, type DeployedFor } from './app-check.ts';
import { AppEndpoints } from './app-endpoints.ts';
import { type AppQueue, createAppQueues } from './app-queues.ts';
import { Broadcast } from './broadcast.ts';
import { type CeleryAppProps, refuseUnknownProps } from './celery-app-props.ts';
import { defaultQueueName, defaultTimeout, visibilityTimeoutFor } from './defaults.ts';
import { ParkedMessages } from './parked-messages.ts';
import { PayloadBucket } from './payload-bucket.ts';
import { PythonControl } from './python-control.ts';
import { pythonSettings } from './python-settings.ts';
import { ResultTable } from './result-table.ts';
import { StateTable } from './state-table.ts';
import { TaskQueue } from './task-queue.ts';
import { Worker } from './worker.ts';

/**
 * A Celery application: queues, tables, schedules and workers.
 *
 * The stack gets two outputs: `CeleryEndpoints`, the value of `CELERY_ENDPOINTS` for producers anywhere, and
 * `CeleryPythonSettings`, ready to paste into a Python application.
 *
 * @example
 * const celery = new CeleryApp(stack, 'Celery', {
 *   workers: {
 *     default: { entry: 'functions/worker.ts' },
 *     images: { entry: 'functions/images.ts', timeout: Duration.minutes(5), memorySize: 2048, queues: ['images'] },
 *   },
 * });
 * celery.grantProduce(apiFunction);
 */
export class CeleryApp extends Construct {
  /** Where everything is; `endpoints.value` is the value of `CELERY_ENDPOINTS`. */
  readonly endpoints: AppEndpoints;
  readonly resultTable: ResultTable;
  readonly stateTable: StateTable;
  /** Read by one of the workers: parked tasks to bring home, checks of chords, rate limits, Python's remote control. */
  readonly control: TaskQueue;
  /** Where messages wait for longer than 15 minutes, unless there is to be no such place. */
  readonly parked: ParkedMessages | undefined;
  /** Where large payloads lie, if there is to be such a place. */
  readonly payloads: PayloadBucket | undefined;
  /** Python's remote control, if there is to be one. */
  readonly pythonControl: PythonControl | undefined;
  /** Its fanout exchanges. */
  readonly broadcasts: readonly Broadcast[];
  /** Celery settings for Python, as source. */
  readonly pythonSettings: string;
  readonly #queues: ReadonlyMap<string, AppQueue>;
  readonly #defaultQueue: TaskQueue;
  readonly #workers: ReadonlyMap<string, Worker>;

  /** @throws ImproperlyConfigured for properties that are unknown or contradict each other */
  constructor(scope: Construct, id: string, props: CeleryAppProps) {
    super(scope, id);
    refuseUnknownProps(this.node.path, props);
    const { pointInTimeRecovery, removalPolicy, encryptionKey } = props;
    const table = { pointInTimeRecovery, removalPolicy, encryptionKey };
    this.#queues = createAppQueues(this, props);
    this.#defaultQueue = this.queue(props.defaultQueue ?? defaultQueueName);
    this.resultTable = new ResultTable(this, 'Results', { ...table, tableName: props.tableName });
    this.stateTable = new StateTable(this, 'State', table);
    this.control = this.createControl(props);
    this.pythonControl = this.createPythonControl(props);
    this.broadcasts = this.createBroadcasts(new Construct(this, 'Broadcasts'), props);
    if (props.app) checkApp(props.app, this.deployedFor(props));
    this.payloads = props.largePayloads
      ? new PayloadBucket(this, 'Payloads', { removalPolicy, encryptionKey })
      : undefined;
    const queues = [...this.#queues.values()].map(({ queue }) => queue);
    this.parked =
      props.parking === false ? undefined : new ParkedMessages(this, 'Parked', { queues });
    this.endpoints = new AppEndpoints(this, 'Endpoints', {
      queues,
      defaultQueue: this.#defaultQueue,
      resultTable: this.resultTable,
      stateTable: this.stateTable,
      control: this.control,
      parked: this.parked,
      payloads: this.payloads,
      broadcasts: this.broadcasts,
      externalQueues: this.queuesOf(undefined),
      inParameter: props.endpointsInParameter,
    });
    this.#workers = this.createWorkers(new Construct(this, 'Workers'), props);
    this.pythonSettings = this.describeForPython(props.resultExpires ?? Duration.days(1));
    this.output('CeleryEndpoints', this.endpoints.json, `Value of ${CELERY_ENDPOINTS}`);
    this.output('CeleryPythonSettings', this.pythonSettings, 'Settings for Python Celery');
  }

  /** The queue of this Celery name. @throws ImproperlyConfigured */
  queue(name: string): TaskQueue {
    return this.named(this.#queues, 'queue', name).queue;
  }

  /** The worker of this name, to grant it what its tasks need. @throws ImproperlyConfigured */
  worker(name: string): Worker {
    return this.named(this.#workers, 'worker', name);
  }

  /**
   * Lets `grantee` send tasks, groups, chords and unique calls to every queue, read their results, forget and revoke them;
   * it may not receive. It may write control messages, those that change rate limits included. A Lambda function also
   * gets `CELERY_ENDPOINTS`. Others (a container, an alias) are given `celery.endpoints.value` by you; of an imported
   * function, whose environment is not to be changed from here, a warning says so.
   */
  grantProduce(grantee: IGrantable): Grant {
    this.tellEndpoints(grantee, 'grantProduce');
    return combine([
      ...this.endpoints.queues.map((queue) => queue.grantSend(grantee)),
      this.resultTable.grantRead(grantee),
      this.resultTable.grantForget(grantee),
      this.resultTable.grantSaveGroups(grantee),
      this.stateTable.grantRevoke(grantee),
      this.stateTable.grantCanvas(grantee),
      this.stateTable.grantClaim(grantee),
      this.control.grantSend(grantee),
      this.endpoints.grantRead(grantee),
      ...(this.payloads ? [this.payloads.grantProduce(grantee)] : []),
      ...this.broadcasts.map((broadcast) => broadcast.grantPublish(grantee)),
    ]);
  }

  /**
   * Lets `grantee` operate the dead letters of every queue: look at them, delete them, and send them back, changed or not,
   * with `celery-aws dead-letters` or `celery-aws/dead-letters`. Not for producers: who edits letters decides what runs.
   * A function is told `CELERY_ENDPOINTS` as by `grantProduce`.
   */
  grantDeadLetters(grantee: IGrantable): Grant {
    this.tellEndpoints(grantee, 'grantDeadLetters');
    return combine([
      ...this.endpoints.queues.map((queue) => queue.grantDeadLetters(grantee)),
      this.endpoints.grantRead(grantee),
      ...(this.payloads ? [this.payloads.grantEditArguments(grantee)] : []),
    ]);
  }

  /** Lets a Python application with the settings of `CeleryPythonSettings` produce: just the calls that Celery makes. */
  grantPythonProduce(grantee: IGrantable): Grant {
    return combine([
      ...this.endpoints.queues.map((queue) => queue.grantPythonSend(grantee)),
      this.resultTable.grantPythonProduce(grantee),
      ...(this.pythonControl ? [this.pythonControl.grantPublish(grantee)] : []),
      ...this.broadcasts.map((broadcast) => broadcast.grantPublish(grantee)),
    ]);
  }

  private createControl(props: CeleryAppProps): TaskQueue {
    const worker = props.workers[this.controlWorker(props) ?? ''];
    return new TaskQueue(this, 'Control', {
      name: 'celery.control',
      encryptionKey: props.encryptionKey,
      visibilityTimeout: visibilityTimeoutFor(worker?.timeout ?? defaultTimeout),
    });
  }

  private createPythonControl({
    pythonControl,
    encryptionKey,
  }: CeleryAppProps): PythonControl | undefined {
    if (!pythonControl) return undefined;
    return new PythonControl(this, 'PythonControl', {
      control: this.control,
      topic: pythonControl === true ? undefined : pythonControl,
      encryptionKey,
    });
  }

  private createBroadcasts(
    scope: Construct,
    { broadcasts = {}, encryptionKey }: CeleryAppProps,
  ): Broadcast[] {
    return Object.entries(broadcasts).map(
      ([name, { queues, ...options }]) =>
        new Broadcast(scope, name, {
          encryptionKey,
          ...options,
          name,
          queues: queues.map((queue) => this.laneOrQueue(queue)),
        }),
    );
  }

  private deployedFor({ workers, defaultQueue = defaultQueueName }: CeleryAppProps): DeployedFor {
    const queues = [...this.#queues].flatMap(([name, { queue, worker }]) => {
      const timeout =
        worker === undefined ? undefined : (workers[worker]?.timeout ?? defaultTimeout);
      return [name, ...queue.lanes.map((lane) => lane.name)].map((one) => [one, timeout] as const);
    });
    const broadcasts = this.broadcasts.map(
      (one) => [one.name, one.queues.map((queue) => this.queueOf(queue).name)] as const,
    );
    return {
      path: this.node.path,
      defaultQueue,
      queues: new Map(queues),
      broadcasts: new Map(broadcasts),
    };
  }

  private laneOrQueue(name: string): TaskQueue {
    const all = [...this.#queues.values()].flatMap(({ queue }) => queue.all);
    return all.find((one) => one.name === name) ?? this.queue(name);
  }

  private queueOf(lane: TaskQueue): TaskQueue {
    const queues = [...this.#queues.values()].map(({ queue }) => queue);
    return queues.find((queue) => queue.all.includes(lane)) ?? lane;
  }

  /** The worker of the default queue, else the first: one is enough. */
  private controlWorker({ workers, defaultQueue = defaultQueueName }: CeleryAppProps) {
    return this.#queues.get(defaultQueue)?.worker ?? Object.keys(workers)[0];
  }

  private createWorkers(scope: Construct, props: CeleryAppProps): ReadonlyMap<string, Worker> {
    return new Map(
      Object.entries(props.workers).map(([name, options]) => [
        name,
        new Worker(scope, name, {
          ...options,
          queues: this.queuesOf(name),
          endpoints: this.endpoints,
          control: name === this.controlWorker(props),
          maxAttempts: props.maxAttempts,
          alarmActions: options.alarmActions ?? props.alarmActions,
        }),
      ]),
    );
  }

  private tellEndpoints(grantee: IGrantable, grant: string): void {
    if (isFunction(grantee)) grantee.addEnvironment(CELERY_ENDPOINTS, this.endpoints.value);
    else if (isImportedFunction(grantee)) this.warnOfEnvironment(grantee, grant);
  }

  private warnOfEnvironment({ node }: IFunction, grant: string): void {
    Annotations.of(this).addWarningV2(
      `celery-aws:endpointsNotSet:${node.path}`,
      `${grant} cannot set ${CELERY_ENDPOINTS} on ${node.path}, an imported function. Set it where that function is ` +
        `defined, to the value of this stack's output CeleryEndpoints (celery.endpoints.value).`,
    );
  }

  /** The queues of a worker; undefined: those that are served elsewhere. */
  private queuesOf(workerName: string | undefined): TaskQueue[] {
    return [...this.#queues.values()]
      .filter(({ worker }) => worker === workerName)
      .map(({ queue }) => queue);
  }

  private describeForPython(resultExpires: Duration): string {
    return pythonSettings({
      region: Stack.of(this).region,
      queues: new Map(
        this.endpoints.queues.flatMap(({ all }) =>
          all.map(({ translatedName, queue }) => [translatedName, queue.queueUrl] as const),
        ),
      ),
      defaultQueue: this.#defaultQueue.name,
      resultTable: this.resultTable.table.tableName,
      ttlSeconds: resultExpires.toSeconds(),
      controlTopic: this.pythonControl?.topic.topicArn,
      exchanges: new Map(this.broadcasts.map(({ name, topic }) => [name, topic.topicArn])),
    });
  }

  /** Under its plain name for a stack's first application; a second one's carries its construct id. */
  private output(name: string, value: string, description: string): void {
    const stack = Stack.of(this);
    const id = stack.node.tryFindChild(name) ? `${this.node.id}${name}` : name;
    new CfnOutput(stack, id, { value, description });
  }

  private named<T>(all: ReadonlyMap<string, T>, kind: string, name: string): T {
    const found = all.get(name);
    if (found !== undefined) return found;
    throw new ImproperlyConfigured(
      `${this.node.path} has no ${kind} '${name}', but: ${[...all.keys()].join(', ') || 'none'}.`,
    );
  }
}

function combine(grants: readonly Grant[]): Grant {
  return grants.reduce((all, grant) => all.combine(grant));
}

/** By what it can do: the grantee may come from another copy of the CDK, where `instanceof` fails. */
function isFunction(grantee: IGrantable): grantee is LambdaFunction {
  return 'addEnvironment' in grantee && typeof grantee.addEnvironment === 'function';
}

/** Without an environment, and no version or alias, whose function has one of its own. */
function isImportedFunction(grantee: IGrantable): grantee is IFunction {
  return 'functionArn' in grantee && !('version' in grantee);
}

import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { TaskQueue, Worker, type WorkerOptions } from '../../cdk/index.ts';
import { allowedActions, aStack, someEndpoints, workerEntry } from './support.ts';

function aWorker(options: Partial<WorkerOptions> & { readonly maxAttempts?: number } = {}) {
  const stack = aStack();
  const celery = new TaskQueue(stack, 'Celery', { name: 'celery' });
  const images = new TaskQueue(stack, 'Images', { name: 'images' });
  const reports = new TaskQueue(stack, 'Reports', { name: 'reports' });
  const worker = new Worker(stack, 'Worker', {
    entry: workerEntry,
    ...options,
    queues: [celery, images],
    endpoints: someEndpoints(stack, [celery, images, reports]),
  });
  return { stack, worker };
}

describe('Worker', () => {
  test('is a function that may go in circles with its queues', () => {
    const { stack } = aWorker();

    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 60,
      MemorySize: 512,
      RecursiveLoop: 'Allow',
      Environment: {
        Variables: {
          CELERY_ENDPOINTS: Match.anyValue(),
          CELERY_MAX_ATTEMPTS: '3',
          NODE_OPTIONS: '--enable-source-maps',
        },
      },
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('^WorkerLogs') } },
    });
    Template.fromStack(stack).hasResource('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 30 },
      DeletionPolicy: 'Delete',
    });
  });

  test("takes a function's own options, and keeps its own environment beside the caller's", () => {
    const { stack } = aWorker({
      timeout: Duration.seconds(30),
      memorySize: 2048,
      maxAttempts: 7,
      environment: { STAGE: 'test', CELERY_ENDPOINTS: 'elsewhere' },
    });

    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 30,
      MemorySize: 2048,
      Environment: {
        Variables: {
          STAGE: 'test',
          CELERY_MAX_ATTEMPTS: '7',
          CELERY_ENDPOINTS: Match.objectLike({ 'Fn::Join': Match.anyValue() }),
        },
      },
    });
  });

  test('an option that is there but undefined means the default', () => {
    const { stack } = aWorker({ timeout: undefined, memorySize: undefined, logGroup: undefined });

    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 60,
      MemorySize: 512,
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('^WorkerLogs') } },
    });
  });

  test('writes to the log group it is given', () => {
    const stack = aStack();
    const logGroup = new LogGroup(stack, 'Own');
    const celery = new TaskQueue(stack, 'Celery', { name: 'celery' });
    new Worker(stack, 'Worker', {
      entry: workerEntry,
      logGroup,
      queues: [celery],
      endpoints: someEndpoints(stack, [celery]),
    });

    Template.fromStack(stack).resourceCountIs('AWS::Logs::LogGroup', 1);
  });

  test('takes ten messages at a time from each queue and reports which failed', () => {
    const { stack } = aWorker();

    const template = Template.fromStack(stack);

    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
    template.allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: Match.absent(),
      MaximumBatchingWindowInSeconds: Match.absent(),
    });
  });

  test('bounds how many run at once', () => {
    const { stack } = aWorker({ maxConcurrency: 5, batchSize: 3 });

    Template.fromStack(stack).allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 3,
      ScalingConfig: { MaximumConcurrency: 5 },
    });
  });

  test('shares its reserved concurrency among its queues', () => {
    const { stack } = aWorker({ reservedConcurrentExecutions: 9 });

    Template.fromStack(stack).allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      ScalingConfig: { MaximumConcurrency: 4 },
    });
  });

  test('may do what a worker does, to the resources of its application and to no others', () => {
    const { stack } = aWorker();

    const own = ['CeleryQueue', 'ImagesQueue'];
    expect(Object.fromEntries(allowedActions(stack, /^WorkerFunction/))).toEqual({
      'sqs:ReceiveMessage': own,
      'sqs:ChangeMessageVisibility': own,
      'sqs:GetQueueUrl': own,
      'sqs:DeleteMessage': own,
      'sqs:GetQueueAttributes': own,
      'sqs:SendMessage': [
        'CeleryDeadLetters',
        'CeleryQueue',
        'ImagesDeadLetters',
        'ImagesQueue',
        'ReportsQueue',
      ],
      'dynamodb:BatchGetItem': ['ResultsTable', 'StateTable'],
      'dynamodb:BatchWriteItem': ['StateTable'],
      'dynamodb:UpdateItem': ['ResultsTable', 'StateTable'],
      'dynamodb:DeleteItem': ['ResultsTable', 'StateTable'],
    });
  });

  test('has no alarms unless asked for', () => {
    const { stack, worker } = aWorker();

    expect(worker.alarms).toEqual([]);
    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  test('alarms at dead letters, failed invocations and tasks that wait too long', () => {
    const { stack, worker } = aWorker({ createAlarms: true, maxMessageAge: Duration.hours(2) });

    const template = Template.fromStack(stack);

    expect(worker.alarms).toHaveLength(5);
    const alarm = (metric: string, threshold: number) => ({
      MetricName: metric,
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...alarm('ApproximateNumberOfMessagesVisible', 0),
      Statistic: 'Maximum',
      Dimensions: [
        {
          Name: 'QueueName',
          Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ImagesDeadLetters'), 'QueueName'] },
        },
      ],
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...alarm('ApproximateAgeOfOldestMessage', 7200),
      AlarmDescription: "Tasks of 'celery' wait more than 2 hours",
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', alarm('Errors', 0));
  });

  test('an action for alarms makes them, and is theirs', () => {
    const stack = aStack();
    const celery = new TaskQueue(stack, 'Celery', { name: 'celery' });
    new Worker(stack, 'Worker', {
      entry: workerEntry,
      queues: [celery],
      endpoints: someEndpoints(stack, [celery]),
      alarmActions: [new SnsAction(new Topic(stack, 'Oncall'))],
    });

    const template = Template.fromStack(stack);

    template.resourceCountIs('AWS::CloudWatch::Alarm', 3);
    template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^Oncall') }],
    });
  });

  test.for<{ why: string; options: Partial<WorkerOptions>; says: string }>([
    {
      why: 'a visibility timeout under six times the timeout',
      options: { timeout: Duration.minutes(2) },
      says: "queue 'celery' has a visibility timeout of 6 minutes, and a worker with a timeout of 2 minutes needs at least six times that, 12 minutes",
    },
    {
      why: 'a batching window that the visibility timeout does not cover',
      options: { maxBatchingWindow: Duration.seconds(20) },
      says: 'needs at least six times that, 6 minutes 20 seconds',
    },
    {
      why: "a timeout above Lambda's",
      options: { timeout: Duration.minutes(16) },
      says: "a timeout of 16 minutes is more than Lambda's 15 minutes",
    },
    { why: 'a batch of 11', options: { batchSize: 11 }, says: 'batchSize is 11, expected' },
    { why: 'a batch of 0', options: { batchSize: 0 }, says: 'batchSize is 0, expected' },
    {
      why: 'a concurrency of 1',
      options: { maxConcurrency: 1 },
      says: 'maxConcurrency is 1, expected a whole number from 2 to 1000',
    },
    {
      why: "reserved concurrency under the event sources' sum",
      options: { maxConcurrency: 5, reservedConcurrentExecutions: 9 },
      says: 'reservedConcurrentExecutions is 9, and 2 event source(s) of at least 5 concurrent invocations each may want 10',
    },
    {
      why: 'reserved concurrency that no event source can live on',
      options: { reservedConcurrentExecutions: 3 },
      says: 'reservedConcurrentExecutions is 3, and 2 event source(s) of at least 2 concurrent invocations each may want 4',
    },
  ])('refuses $why', ({ options, says }) => {
    expect(() => aWorker(options)).toThrow(says);
  });

  test('refuses a batching window for a FIFO queue', () => {
    const stack = aStack();
    const orders = new TaskQueue(stack, 'Orders', { name: 'orders.fifo' });

    expect(
      () =>
        new Worker(stack, 'Worker', {
          entry: workerEntry,
          maxBatchingWindow: Duration.seconds(1),
          queues: [orders],
          endpoints: someEndpoints(stack, [orders]),
        }),
    ).toThrow("Shop/Worker: 'orders.fifo' is a FIFO queue, which takes no maxBatchingWindow");
  });

  test('refuses to serve no queue', () => {
    const stack = aStack();
    const celery = new TaskQueue(stack, 'Celery', { name: 'celery' });

    expect(
      () =>
        new Worker(stack, 'Worker', {
          entry: workerEntry,
          queues: [],
          endpoints: someEndpoints(stack, [celery]),
        }),
    ).toThrow('Shop/Worker: the worker serves no queue');
  });
});

import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { CeleryApp, type CeleryAppProps, type Priorities, TaskQueue } from '../../cdk/index.ts';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { parseEndpoints } from '../../lib/protocol/endpoints.ts';
import { allowedActions, aStack, deployed, workerEntry } from './support.ts';

function anApp(priorities: Priorities, worker: Partial<CeleryAppProps['workers'][string]> = {}) {
  const stack = aStack();
  const celery = new CeleryApp(stack, 'Celery', {
    workers: { default: { entry: workerEntry, ...worker } },
    queues: { celery: { priorities, queueName: 'shop' } },
  });
  return { stack, celery };
}

/** Maximum concurrency of each event source, by the queue's logical id. */
function concurrency(stack: Stack): Record<string, number | undefined> {
  const sources = Template.fromStack(stack).findResources('AWS::Lambda::EventSourceMapping');
  return Object.fromEntries(
    Object.values(sources).map(({ Properties: { EventSourceArn, ScalingConfig } }) => [
      String(EventSourceArn['Fn::GetAtt'][0]).replace(/[0-9A-F]{8}$/, ''),
      ScalingConfig?.MaximumConcurrency,
    ]),
  );
}

describe('a queue with priorities', () => {
  test.for<readonly [priorities: Priorities, lanes: readonly string[]]>([
    [true, ['celery', 'celery-p4', 'celery-p7']],
    [3, ['celery', 'celery-p4', 'celery-p7']],
    [2, ['celery', 'celery-p5']],
    [
      [0, 1, 9],
      ['celery', 'celery-p1', 'celery-p9'],
    ],
    [false, ['celery']],
  ])('%j is these queues: %j', ([priorities, lanes]) => {
    const { all } = new TaskQueue(aStack(), 'Queue', { name: 'celery', priorities });

    expect(all.map(({ name }) => name)).toEqual(lanes);
  });

  test('has for each lane a queue, a dead-letter queue and an event source', () => {
    const { stack } = anApp(true, { maxConcurrency: 20 });

    const template = Template.fromStack(stack);

    for (const QueueName of ['shop', 'shop-p4', 'shop-p7']) {
      template.hasResourceProperties('AWS::SQS::Queue', { QueueName, VisibilityTimeout: 360 });
      template.hasResourceProperties('AWS::SQS::Queue', { QueueName: `${QueueName}-dead` });
    }
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 4);
  });

  test.for([
    [{ maxConcurrency: 20 }, [5, 5, 10]],
    [{ maxConcurrency: 6 }, [2, 2, 2]],
    [{ maxConcurrency: 7 }, [2, 2, 3]],
    [{ reservedConcurrentExecutions: 42 }, [10, 10, 20]],
  ] as const)('with %j leaves the highest lane its share', ([worker, [low, middle, high]]) => {
    const { stack } = anApp(true, worker);

    expect(concurrency(stack)).toMatchObject({
      CeleryQueuesceleryQueue: low,
      CeleryQueuesceleryP4Queue: middle,
      CeleryQueuesceleryP7Queue: high,
    });
  });

  test.for<readonly [priorities: Priorities, worker: object, says: RegExp]>([
    [
      true,
      {},
      /3 lanes of queue 'celery' share no bounded concurrency.*maxConcurrency.*to 6 or more/,
    ],
    [true, { maxConcurrency: 5 }, /share a concurrency of 5/],
    [1, { maxConcurrency: 20 }, /Priorities of queue 'celery' are 1, expected true/],
    [11, { maxConcurrency: 20 }, /are 11, expected/],
    [[1, 4], { maxConcurrency: 20 }, /are \[1,4\], expected/],
    [[0, 4, 4], { maxConcurrency: 20 }, /are \[0,4,4\]/],
    [[0, 10], { maxConcurrency: 20 }, /are \[0,10\]/],
  ])('%j and a worker %j are refused', ([priorities, worker, says]) => {
    expect(() => anApp(priorities, worker)).toThrow(ImproperlyConfigured);
    expect(() => anApp(priorities, worker)).toThrow(says);
  });

  test('is refused on FIFO', () => {
    const make = () => new TaskQueue(aStack(), 'Orders', { name: 'orders.fifo', priorities: true });

    expect(make).toThrow(/'orders.fifo' is FIFO and is to have lanes/);
  });

  test('is refused where another queue has the name of a lane', () => {
    const make = () =>
      new CeleryApp(aStack(), 'Celery', {
        workers: {
          default: { entry: workerEntry, maxConcurrency: 20, queues: ['celery', 'celery-p7'] },
        },
        queues: { celery: { priorities: true } },
      });

    expect(make).toThrow(/'celery-p7' and 'celery-p7' are both 'celery-p7' in SQS/);
  });

  test('is told in CELERY_ENDPOINTS, and its lanes to Python', () => {
    const { stack, celery } = anApp(true, { maxConcurrency: 20 });

    const endpoints = parseEndpoints(deployed(Stack.of(celery).resolve(celery.endpoints.json)));

    expect(endpoints.lanes).toEqual({ celery: [0, 4, 7] });
    expect(Object.keys(endpoints.queues)).toEqual(['celery', 'celery-p4', 'celery-p7']);
    expect(Object.keys(endpoints.deadLetterQueues)).toEqual(Object.keys(endpoints.queues));
    expect(deployed(stack.resolve(celery.pythonSettings))).toContain("'celery-p7': {'url': ");
  });

  test('lets a producer send to every lane', () => {
    const { stack, celery } = anApp(true, { maxConcurrency: 20 });
    celery.grantProduce(
      new Role(stack, 'Web', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }),
    );

    expect(allowedActions(stack, /^Web/).get('sqs:SendMessage')).toEqual([
      'CeleryControlQueue',
      'CeleryQueuesceleryP4Queue',
      'CeleryQueuesceleryP7Queue',
      'CeleryQueuesceleryQueue',
    ]);
  });

  test('alarms for each lane', () => {
    const { stack } = anApp(true, { maxConcurrency: 20, createAlarms: true });

    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 9);
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp("dead-letter queue of 'celery-p7'"),
    });
  });
});

describe('a chosen queue name', () => {
  test('is taken by one queue of an account and region', () => {
    const stack = aStack();
    const other = new Stack(stack.node.root as never, 'Other');
    new TaskQueue(stack, 'One', { name: 'celery', queueName: 'shop' });

    expect(() => new TaskQueue(other, 'Two', { name: 'celery', queueName: 'shop' })).toThrow(
      "Other/Two: the queue name 'shop' is taken by Shop/One, in the same account and region.",
    );
  });

  test('is free in another region, and in another app', () => {
    const stack = aStack();
    const env = { region: 'eu-west-3', account: '123456789012' };
    const other = new Stack(stack.node.root as never, 'Other', { env });
    const make = (scope: Stack) => new TaskQueue(scope, 'Q', { name: 'celery', queueName: 'shop' });
    make(stack);

    expect(() => [make(other), make(aStack())]).not.toThrow();
  });
});

import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test, vi } from 'vitest';
import { workerBundling } from '../../cdk/constructs/worker-bundling.ts';
import { Broadcast, CeleryApp, type CeleryAppProps, TaskQueue } from '../../cdk/index.ts';
import { Celery } from '../../lib/index.ts';
import { parseEndpoints } from '../../lib/protocol/endpoints.ts';
import { allowedActions, aStack, deployed, workerEntry } from './support.ts';

const workers = { default: { entry: workerEntry, queues: ['celery', 'mail'] } };
const broadcasts = { news: { queues: ['celery', 'mail'] } };

function anApp(props: Partial<CeleryAppProps> = {}) {
  const stack = aStack();
  return { stack, celery: new CeleryApp(stack, 'Celery', { workers, broadcasts, ...props }) };
}

describe('a broadcast', () => {
  test('is a topic for messages as large as a queue takes, delivered raw to its queues', () => {
    vi.stubEnv('AWS_ENDPOINT_URL', undefined);

    const { stack } = anApp();

    vi.unstubAllEnvs();
    const template = Template.fromStack(stack);

    template.hasResourceProperties('AWS::SNS::Topic', {
      MaximumMessageSize: 1_048_576,
      TopicName: Match.absent(),
    });
    template.resourceCountIs('AWS::SNS::Subscription', 2);
    template.allResourcesProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      RawMessageDelivery: true,
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sqs:SendMessage',
            Principal: { Service: 'sns.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': Match.anyValue() } },
          }),
        ]),
      }),
    });
  });

  test('tells a local engine its size as a text, which SNS itself takes', () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:4566');

    const { stack } = anApp();

    vi.unstubAllEnvs();
    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Topic', {
      MaximumMessageSize: '1048576',
    });
  });

  test('has a name of its own, translated as kombu does, or is a topic that is there', () => {
    const named = anApp({ broadcasts: { news: { queues: ['mail'], topicName: 'my.news' } } });
    const stack = aStack();
    new CeleryApp(stack, 'Celery', {
      workers,
      broadcasts: { news: { queues: ['mail'], topic: new Topic(stack, 'Mine') } },
    });

    Template.fromStack(named.stack).hasResourceProperties('AWS::SNS::Topic', {
      TopicName: 'my-news',
    });
    Template.fromStack(stack).resourceCountIs('AWS::SNS::Topic', 1);
  });

  test('of a FIFO exchange is a FIFO topic', () => {
    const { stack } = anApp({
      workers: { default: { entry: workerEntry, queues: ['celery', 'orders.fifo'] } },
      broadcasts: { 'news.fifo': { queues: ['orders.fifo'] } },
    });

    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Topic', { FifoTopic: true });
  });

  test('may be published to by producers, workers and Python', () => {
    const { stack, celery } = anApp();
    const role = (id: string) =>
      new Role(stack, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    celery.grantProduce(role('Web'));
    celery.grantPythonProduce(role('Django'));

    for (const who of [/^Web/, /^Django/, /Workersdefault/]) {
      expect(allowedActions(stack, who).get('sns:Publish')).toEqual(['CeleryBroadcastsnewsTopic']);
    }
  });

  test.for([
    ['celery', 'CeleryQueuesceleryQueue', 'the lowest lane'],
    ['celery-p7', 'CeleryQueuesceleryP7Queue', 'the lane that is named'],
  ] as const)('to %s with lanes reaches %s: %s', ([queue, id]) => {
    const { stack } = anApp({
      workers: { default: { entry: workerEntry, maxConcurrency: 10 } },
      queues: { celery: { priorities: true } },
      broadcasts: { news: { queues: [queue] } },
      app: new Celery('shop', {
        taskQueues: [{ name: 'celery', exchange: 'news', exchangeType: 'fanout' }],
      }),
    });

    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', {
      Endpoint: { 'Fn::GetAtt': [Match.stringLikeRegexp(`^${id}[0-9A-F]{8}$`), 'Arn'] },
    });
  });

  test("uses a key of one's own", () => {
    const stack = aStack();
    const encryptionKey = new Key(stack, 'Key');
    new CeleryApp(stack, 'Celery', { workers, broadcasts, encryptionKey });

    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: Match.anyValue(),
    });
  });

  test('is told in CELERY_ENDPOINTS and to Python, beside the control topic', () => {
    const { stack, celery } = anApp({ pythonControl: true });

    const endpoints = parseEndpoints(deployed(Stack.of(celery).resolve(celery.endpoints.json)));
    const settings = deployed(stack.resolve(celery.pythonSettings));

    expect(endpoints.topics).toEqual({ news: expect.stringContaining('Broadcastsnews') });
    expect(settings).toContain("'supports_fanout': True");
    expect(settings).toMatch(
      /'predefined_exchanges': \{'news': \{'arn': '.*Broadcastsnews.*'\}, 'celery.pidbox': \{'arn': /,
    );
  });

  test.for<readonly [broadcasts: NonNullable<CeleryAppProps['broadcasts']>, says: RegExp]>([
    [{ news: { queues: ['mial'] } }, /has no queue 'mial', but: celery, mail/],
    [{ 'news.fifo': { queues: ['mail'] } }, /'news.fifo' is FIFO and queue 'mail' is not/],
  ])('%j is refused', ([broadcasts, says]) => {
    expect(() => anApp({ broadcasts })).toThrow(says);
  });

  test('is refused more than 100 queues, and a name for a topic that is there', () => {
    const stack = aStack();
    const queue = new TaskQueue(stack, 'Queue', { name: 'mail' });
    const make = (id: string, props: object) =>
      new Broadcast(stack, id, { name: 'news', queues: [queue], ...props });

    expect(() => make('A', { queues: Array(101).fill(queue) })).toThrow(/has 101 queues/);
    expect(() => make('B', { topic: new Topic(stack, 'T'), topicName: 'x' })).toThrow(/has both/);
  });
});

test.for([
  ['AWS', undefined, true, true],
  ['a local engine', 'http://127.0.0.1:4566', true, false],
  ['a local engine without broadcasts', 'http://127.0.0.1:4566', false, true],
] as const)("a worker's bundle for %s", ([, endpoint, fanout, leftOut]) => {
  const before = process.env.AWS_ENDPOINT_URL;
  if (endpoint === undefined) delete process.env.AWS_ENDPOINT_URL;
  else process.env.AWS_ENDPOINT_URL = endpoint;

  const { externalModules = [] } = workerBundling({}, { fanout });

  if (before === undefined) delete process.env.AWS_ENDPOINT_URL;
  else process.env.AWS_ENDPOINT_URL = before;
  expect(externalModules.includes('@aws-sdk/client-sns')).toBe(leftOut);
});

import { readFileSync } from 'node:fs';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { CeleryApp, type CeleryAppProps } from '../../cdk/index.ts';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { parseEndpoints, queueUrls } from '../../lib/protocol/endpoints.ts';
import { allowedActions, aStack, deployed, workerEntry } from './support.ts';

const oneWorker = { workers: { default: { entry: workerEntry } } };

function anApp(props: CeleryAppProps = oneWorker, stack = aStack()) {
  return { stack, celery: new CeleryApp(stack, 'Celery', props) };
}

function aFunction(stack: Stack): LambdaFunction {
  return new LambdaFunction(stack, 'Api', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
  });
}

describe('CeleryApp', () => {
  test('is a queue and a control queue, their dead-letter queues, two tables, a schedule group and a worker', () => {
    const { stack } = anApp();

    const template = Template.fromStack(stack);

    template.resourceCountIs('AWS::SQS::Queue', 4);
    template.resourceCountIs('AWS::DynamoDB::Table', 2);
    template.resourceCountIs('AWS::Lambda::Function', 1);
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
    template.resourceCountIs('AWS::Scheduler::ScheduleGroup', 1);
    template.resourceCountIs('AWS::SNS::Topic', 0);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  test('refuses a property that it does not know, and names the nearest', () => {
    const props = { ...oneWorker, maxAttempt: 5 };

    expect(() => anApp(props)).toThrow(ImproperlyConfigured);
    expect(() => anApp(props)).toThrow(
      "Shop/Celery: unknown property 'maxAttempt'; the nearest known one is 'maxAttempts'. Known are: workers, defaultQueue, ",
    );
  });

  test.for<readonly [props: Partial<CeleryAppProps>, says: string]>([
    [
      { queues: { celery: { visibilityTimeuot: Duration.hours(1) } as object } },
      "queue 'celery': unknown property 'visibilityTimeuot'; the nearest known one is 'visibilityTimeout'",
    ],
    [
      { broadcasts: { news: { queue: ['celery'] } as never } },
      "broadcast 'news': unknown property 'queue'; the nearest known one is 'queues'",
    ],
  ])('refuses what it does not know of %j', ([props, says]) => {
    expect(() => anApp({ ...oneWorker, ...props })).toThrow(`Shop/Celery: ${says}`);
  });

  test('takes the names of an application that Python has created before', () => {
    const { stack } = anApp({ ...oneWorker, queueName: 'celery', tableName: 'celery' });

    const template = Template.fromStack(stack);

    template.hasResourceProperties('AWS::SQS::Queue', { QueueName: 'celery' });
    template.hasResourceProperties('AWS::SQS::Queue', { QueueName: 'celery-dead' });
    template.hasResourceProperties('AWS::DynamoDB::Table', { TableName: 'celery' });
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: Match.absent(),
      KeySchema: Match.arrayWith([{ AttributeName: 'sk', KeyType: 'RANGE' }]),
    });
  });

  test('gives each worker its queues, visible six times its timeout', () => {
    const { stack, celery } = anApp({
      queues: {
        reports: { external: true, queueName: 'reports' },
        images: { queueName: 'images' },
      },
      workers: {
        default: { entry: workerEntry },
        images: { entry: workerEntry, timeout: Duration.minutes(5), queues: ['images', 'video'] },
      },
    });

    const template = Template.fromStack(stack);

    expect(celery.worker('images').queues.map(({ name }) => name)).toEqual(['images', 'video']);
    expect(celery.queue('video').visibilityTimeout.toMinutes()).toBe(30);
    expect(celery.queue('celery').visibilityTimeout.toMinutes()).toBe(6);
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'images',
      VisibilityTimeout: 1800,
    });
    template.hasResourceProperties('AWS::SQS::Queue', { QueueName: 'reports' });
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 4);
  });

  test('counts the attempts of queues and workers alike', () => {
    const { stack } = anApp({ ...oneWorker, maxAttempts: 200 });

    const template = Template.fromStack(stack);

    template.hasResourceProperties('AWS::SQS::Queue', { RedrivePolicy: { maxReceiveCount: 210 } });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { CELERY_MAX_ATTEMPTS: '200' } },
    });
  });

  test('keeps its tables when the stack goes, unless told otherwise', () => {
    const kept = Template.fromStack(anApp().stack);
    const gone = Template.fromStack(
      anApp({ ...oneWorker, removalPolicy: RemovalPolicy.DESTROY }).stack,
    );

    kept.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain' });
    gone.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
  });

  test('alarms of all workers do what the application says, or the worker', () => {
    const stack = aStack();
    const [oncall, team] = ['Oncall', 'Team'].map((id) => new SnsAction(new Topic(stack, id))) as [
      SnsAction,
      SnsAction,
    ];
    anApp(
      {
        alarmActions: [oncall],
        workers: {
          default: { entry: workerEntry },
          images: { entry: workerEntry, queues: ['images'], alarmActions: [team] },
        },
      },
      stack,
    );

    const toTeam = Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm', {
      Properties: { AlarmActions: [{ Ref: Match.stringLikeRegexp('^Team') }] },
    });
    const toOncall = Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm', {
      Properties: { AlarmActions: [{ Ref: Match.stringLikeRegexp('^Oncall') }] },
    });

    // The worker of the default queue also tells of the control queue.
    expect([Object.keys(toTeam).length, Object.keys(toOncall).length]).toEqual([3, 5]);
  });

  test('says which queues and workers there are when asked for another', () => {
    const { celery } = anApp();

    expect(() => celery.queue('images')).toThrow("Shop/Celery has no queue 'images', but: celery.");
    expect(() => celery.worker('images')).toThrow(
      "Shop/Celery has no worker 'images', but: default.",
    );
  });

  test('refuses what cannot be planned, naming itself', () => {
    expect(() => anApp({ workers: {} })).toThrow(
      "Shop/Celery: nobody serves the default queue 'celery'",
    );
  });
});

describe('the control queue', () => {
  test('is read by the worker of the default queue, and visible six times its timeout', () => {
    const { stack } = anApp({
      workers: {
        images: { entry: workerEntry, queues: ['images'] },
        default: { entry: workerEntry, timeout: Duration.minutes(2) },
      },
    });

    const template = Template.fromStack(stack);

    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^CeleryControlQueue'), 'Arn'] },
      FunctionName: { Ref: Match.stringLikeRegexp('^CeleryWorkersdefault') },
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(
      Object.values(template.findResources('AWS::SQS::Queue')).map(
        ({ Properties }) => Properties.VisibilityTimeout,
      ),
    ).toContain(720);
  });

  test('takes its share of reserved concurrency', () => {
    const worker = { entry: workerEntry, reservedConcurrentExecutions: 6 };

    const { stack } = anApp({ workers: { default: worker } });

    const shares = Object.values(
      Template.fromStack(stack).findResources('AWS::Lambda::EventSourceMapping'),
    ).map(({ Properties }) => Properties.ScalingConfig.MaximumConcurrency);
    expect(shares.sort()).toEqual([2, 4]);
    expect(() =>
      anApp({ workers: { default: { ...worker, reservedConcurrentExecutions: 3 } } }),
    ).toThrow('and 2 for the control queue, may want 4');
  });
});

describe('parked messages', () => {
  test('are sent back by a role that is trusted for their schedule group alone', () => {
    const { stack } = anApp({ ...oneWorker, queues: { 'orders.fifo': { external: true } } });

    const group = { 'Fn::GetAtt': [Match.stringLikeRegexp('^CeleryParkedGroup'), 'Arn'] };
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnEquals: { 'aws:SourceArn': group },
            },
          },
        ],
      },
    });
    expect(Object.fromEntries(allowedActions(stack, /^CeleryParked/))).toEqual({
      'sqs:SendMessage': [
        'CeleryQueuesceleryDeadLetters',
        'CeleryQueuesceleryQueue',
        'CeleryQueuesordersfifoQueue',
      ],
    });
  });

  test('are parked by workers, with the calls that lib/aws makes, and by no producer', () => {
    const { stack, celery } = anApp();
    celery.grantProduce(aFunction(stack));

    const mayDo = (role: RegExp) =>
      [...allowedActions(stack, role).keys()].filter((action) => /^(scheduler|iam):/.test(action));

    expect(mayDo(/^CeleryWorkers/).sort()).toEqual(['iam:PassRole', ...schedulerActions()].sort());
    expect(mayDo(/^Api/)).toEqual([]);
  });

  test('have no place where there is to be none: they are sent on, and nobody holds rights of Scheduler', () => {
    const { stack, celery } = anApp({ ...oneWorker, parking: false });

    const template = Template.fromStack(stack);

    template.resourceCountIs('AWS::Scheduler::ScheduleGroup', 0);
    expect(celery.parked).toBeUndefined();
    expect(parseEndpoints(deployed(stack.resolve(celery.endpoints.json))).parked).toBeUndefined();
    expect([...allowedActions(stack, /^CeleryWorkers/).keys()].join()).not.toMatch(
      /scheduler|iam:/,
    );
  });

  test('have a place that the endpoints tell', () => {
    const { stack, celery } = anApp();

    const { parked, controlQueue } = parseEndpoints(deployed(stack.resolve(celery.endpoints.json)));

    expect(parked?.group).toMatch(/^Shop-Celery-Parked/);
    expect(parked?.role).toMatch(/^Shop-CeleryParkedRole/);
    expect(controlQueue).toMatch(/^Shop-CeleryControlQueue/);
  });
});

describe("Python's remote control", () => {
  test('comes by a topic that the control queue is subscribed to, and Python may publish to', () => {
    const { stack, celery } = anApp({ ...oneWorker, pythonControl: true });
    const role = new Role(stack, 'Django', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    });

    celery.grantPythonProduce(role);

    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      RawMessageDelivery: true,
      Endpoint: { 'Fn::GetAtt': [Match.stringLikeRegexp('^CeleryControlQueue'), 'Arn'] },
    });
    expect(allowedActions(stack, /^Django/).get('sns:Publish')).toEqual([
      'CeleryPythonControlTopic',
    ]);
    expect(deployed(stack.resolve(celery.pythonSettings))).toMatch(
      /'supports_fanout': True,\n {4}'predefined_exchanges': {'celery.pidbox': {'arn': 'Shop-/,
    );
  });

  test('comes by a topic that is there', () => {
    const stack = aStack();
    const topic = new Topic(stack, 'Pidbox', { topicName: 'celery-pidbox' });

    const { celery } = anApp({ ...oneWorker, pythonControl: topic }, stack);

    Template.fromStack(stack).resourceCountIs('AWS::SNS::Topic', 1);
    expect(celery.pythonControl?.topic).toBe(topic);
  });
});

describe('outputs of CeleryApp', () => {
  test('CeleryEndpoints is the value of CELERY_ENDPOINTS, on one line', () => {
    const { stack } = anApp({
      defaultQueue: 'shop.tasks',
      workers: { all: { entry: workerEntry, queues: ['shop.tasks', 'images'] } },
    });

    const { Value } =
      Template.fromStack(stack).findOutputs('CeleryEndpoints').CeleryEndpoints ?? {};

    const text = deployed(Value);
    expect(text).not.toContain('\n');
    expect([...queueUrls(parseEndpoints(text), 'queues').keys()]).toEqual(['shop.tasks', 'images']);
  });

  test('CeleryPythonSettings names queues as kombu does', () => {
    const { stack } = anApp({
      defaultQueue: 'shop.tasks',
      resultExpires: Duration.hours(2),
      workers: { all: { entry: workerEntry, queues: ['shop.tasks'] } },
    });

    const { Value } =
      Template.fromStack(stack).findOutputs('CeleryPythonSettings').CeleryPythonSettings ?? {};

    const source = deployed(Value);
    expect(source).toMatch(
      /'shop-tasks': {'url': 'https:\/\/sqs.eu-west-3.amazonaws.com\/123456789012\/Shop-/,
    );
    expect(source).toContain("task_default_queue = 'shop.tasks'");
    expect(source).toMatch(
      /dynamodb:\/\/@eu-west-3\/Shop-CeleryResultsTable\w+\?ttl_seconds=7200'/,
    );
  });

  test("a second application's carry its construct id", () => {
    const { stack } = anApp();
    new CeleryApp(stack, 'Mail', oneWorker);

    const outputs = Object.keys(Template.fromStack(stack).findOutputs('*'));

    expect(outputs).toEqual([
      'CeleryEndpoints',
      'CeleryPythonSettings',
      'MailCeleryEndpoints',
      'MailCeleryPythonSettings',
    ]);
  });
});

describe('grantDeadLetters', () => {
  test('lets a function look at letters, delete them and send them back, and tells it where', () => {
    const { stack, celery } = anApp({ ...oneWorker, queues: { reports: { external: true } } });

    celery.grantDeadLetters(aFunction(stack));

    const letters = ['CeleryQueuesceleryDeadLetters', 'CeleryQueuesreportsDeadLetters'];
    expect(Object.fromEntries(allowedActions(stack, /^Api/))).toEqual({
      'sqs:ReceiveMessage': letters,
      'sqs:ChangeMessageVisibility': letters,
      'sqs:DeleteMessage': letters,
      'sqs:SendMessage': ['CeleryQueuesceleryQueue', 'CeleryQueuesreportsQueue'],
    });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Environment: { Variables: { CELERY_ENDPOINTS: stack.resolve(celery.endpoints.value) } },
    });
  });
});

describe('grantProduce', () => {
  const everyQueue = ['CeleryControlQueue', 'CeleryQueuesceleryQueue', 'CeleryQueuesreportsQueue'];
  const props = { ...oneWorker, queues: { reports: { external: true } } };

  test('lets a function send, read, forget and revoke, and tells it where', () => {
    const { stack, celery } = anApp(props);
    const api = aFunction(stack);

    const grant = celery.grantProduce(api);

    expect(grant.success).toBe(true);
    expect(Object.fromEntries(allowedActions(stack, /^Api/))).toEqual({
      'sqs:SendMessage': everyQueue,
      'dynamodb:BatchGetItem': ['CeleryResultsTable'],
      'dynamodb:DeleteItem': ['CeleryResultsTable'],
      'dynamodb:BatchWriteItem': ['CeleryStateTable'],
      'dynamodb:UpdateItem': ['CeleryResultsTable', 'CeleryStateTable'],
    });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Environment: { Variables: { CELERY_ENDPOINTS: stack.resolve(celery.endpoints.value) } },
    });
  });

  test('lets nobody write more of the results table than saved groups and chord counters', () => {
    const { stack, celery } = anApp(props);

    celery.grantProduce(aFunction(stack));

    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^Api'),
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'dynamodb:UpdateItem',
            Condition: {
              'ForAllValues:StringLike': {
                'dynamodb:LeadingKeys': ['b*celery-taskset-meta-*', 'b*chord-unlock-*'],
              },
            },
          }),
        ]),
      },
    });
  });

  test('lets nobody write more of the state table than revokes, unique claims and native canvas', () => {
    const { stack, celery } = anApp(props);

    celery.grantProduce(aFunction(stack));

    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^Api'),
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'dynamodb:BatchWriteItem',
            Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['revoke#*'] } },
          }),
          Match.objectLike({
            Action: 'dynamodb:BatchWriteItem',
            Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['canvas#*'] } },
          }),
          Match.objectLike({
            Action: 'dynamodb:UpdateItem',
            Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['unique#*'] } },
          }),
        ]),
      },
    });
  });

  test('lets a role and an alias do the same', () => {
    const { stack, celery } = anApp(props);
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    const alias = new Alias(stack, 'Live', {
      aliasName: 'live',
      version: aFunction(stack).currentVersion,
    });

    celery.grantProduce(role);
    celery.grantProduce(alias);

    expect(allowedActions(stack, /^Role/).get('sqs:SendMessage')).toEqual(everyQueue);
    expect(allowedActions(stack, /^Api/).get('sqs:SendMessage')).toEqual(everyQueue);
  });

  test('warns that it cannot tell an imported function where', () => {
    const { stack, celery } = anApp(props);

    celery.grantProduce(LambdaFunction.fromFunctionName(stack, 'Elsewhere', 'their-api'));

    Annotations.fromStack(stack).hasWarning(
      '/Shop/Celery',
      Match.stringLikeRegexp(
        'grantProduce cannot set CELERY_ENDPOINTS on Shop/Elsewhere, an imported function\\. Set it where that function is defined, to the value of this stack.s output CeleryEndpoints',
      ),
    );
  });

  test('warns of none whose environment is set, and of no role', () => {
    const { stack, celery } = anApp(props);
    const api = aFunction(stack);
    const alias = new Alias(stack, 'Live', { aliasName: 'live', version: api.currentVersion });
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });

    for (const grantee of [api, alias, role]) celery.grantProduce(grantee);

    Annotations.fromStack(stack).hasNoWarning('/Shop/Celery', Match.stringLikeRegexp('.*'));
  });

  test('works for a function of another stack', () => {
    const { stack, celery } = anApp(props);
    const other = new Stack(App.of(stack) as App, 'Api');

    celery.grantProduce(aFunction(other));

    Template.fromStack(other).hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          CELERY_ENDPOINTS: {
            'Fn::Join': ['', Match.arrayWith([{ 'Fn::ImportValue': Match.anyValue() }])],
          },
        },
      },
    });
  });

  test('lets a function read the parameter when the endpoints are in one', () => {
    const { stack, celery } = anApp({ ...oneWorker, endpointsInParameter: true });

    celery.grantProduce(aFunction(stack));

    expect(allowedActions(stack, /^Api/).get('ssm:GetParameter')).toEqual([
      'CeleryEndpointsParameter',
    ]);
    expect(allowedActions(stack, /^CeleryWorkers/).get('ssm:GetParameter')).toEqual([
      'CeleryEndpointsParameter',
    ]);
  });
});

test('grantPythonProduce allows just the calls that Celery makes', () => {
  const { stack, celery } = anApp();
  const role = new Role(stack, 'Django', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });

  celery.grantPythonProduce(role);

  expect(Object.fromEntries(allowedActions(stack, /^Django/))).toEqual({
    'sqs:SendMessage': ['CeleryQueuesceleryQueue'],
    'sqs:GetQueueAttributes': ['CeleryQueuesceleryQueue'],
    'dynamodb:DescribeTable': ['CeleryResultsTable'],
    'dynamodb:DescribeTimeToLive': ['CeleryResultsTable'],
    'dynamodb:GetItem': ['CeleryResultsTable'],
    'dynamodb:PutItem': ['CeleryResultsTable'],
    'dynamodb:DeleteItem': ['CeleryResultsTable'],
  });
});

/** What `lib/aws` asks of Scheduler, as IAM names it. */
function schedulerActions(): string[] {
  const file = new URL('../../lib/aws/eventbridge-schedules.ts', import.meta.url);
  const commands = readFileSync(file, 'utf8').matchAll(/new sdk\.(\w+)Command\(/g);
  return [...new Set(Array.from(commands, ([, command]) => `scheduler:${command}`))];
}

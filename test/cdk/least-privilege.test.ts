import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { beforeAll, describe, expect, test } from 'vitest';
import { CeleryApp, type CeleryAppProps } from '../../cdk/index.ts';
import { allowedActions, aStack, workerEntry } from './support.ts';

/** An application with everything there is, and everyone who may be granted something. */
function everything(props: (stack: Stack) => Partial<CeleryAppProps> = () => ({})): Stack {
  const stack = aStack();
  const celery = new CeleryApp(stack, 'Celery', {
    workers: {
      default: { entry: workerEntry, maxConcurrency: 10, createAlarms: true },
      orders: { entry: workerEntry, queues: ['orders.fifo'] },
    },
    queues: { celery: { priorities: true }, python: { external: true } },
    broadcasts: { news: { queues: ['celery', 'python'] } },
    largePayloads: true,
    pythonControl: true,
    endpointsInParameter: true,
    ...props(stack),
  });
  const role = (id: string) =>
    new Role(stack, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  celery.grantProduce(role('Web'));
  celery.grantPythonProduce(role('Django'));
  celery.grantDeadLetters(role('Operator'));
  return stack;
}

type Resource = { readonly Properties: Record<string, unknown> };

function all(stack: Stack, type: string): readonly (readonly [id: string, resource: Resource])[] {
  return Object.entries(Template.fromStack(stack).findResources(type)) as [string, Resource][];
}

let stack: Stack;
beforeAll(() => {
  stack = everything();
});

describe('everything that keeps messages and results', () => {
  test("is encrypted with its service's own key", () => {
    for (const [, { Properties }] of all(stack, 'AWS::SQS::Queue')) {
      expect(Properties).toMatchObject({ SqsManagedSseEnabled: true });
    }
    const topics = all(stack, 'AWS::SNS::Topic');
    for (const [, { Properties }] of topics) {
      expect(JSON.stringify(Properties.KmsMasterKeyId)).toContain(':alias/aws/sns"');
    }
    expect(topics).toHaveLength(2);
    // DynamoDB encrypts every table; S3 by what the bucket says.
    for (const [, { Properties }] of all(stack, 'AWS::S3::Bucket')) {
      expect(JSON.stringify(Properties.BucketEncryption)).toContain('"AES256"');
    }
  });

  test("is encrypted with a key of one's own, wherever one was given", () => {
    const own = everything((scope) => ({ encryptionKey: new Key(scope, 'Key') }));

    for (const type of ['SQS::Queue', 'SNS::Topic', 'DynamoDB::Table', 'S3::Bucket']) {
      for (const [id, { Properties }] of all(own, `AWS::${type}`)) {
        expect(`${id} ${JSON.stringify(Properties)}`).toMatch(/"Fn::GetAtt":\["Key\w+","Arn"\]/);
      }
    }
  });

  test('refuses whoever does not use TLS', () => {
    const denials = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy']
      .flatMap((type) => all(stack, type))
      .flatMap(([, { Properties }]) => {
        const { Statement } = Properties.PolicyDocument as { Statement: Record<string, unknown>[] };
        return Statement.filter(({ Effect }) => Effect === 'Deny');
      });
    const refused = JSON.stringify(
      denials.filter(
        ({ Condition }) => JSON.stringify(Condition) === '{"Bool":{"aws:SecureTransport":"false"}}',
      ),
    );

    for (const type of ['AWS::SQS::Queue', 'AWS::SNS::Topic', 'AWS::S3::Bucket']) {
      for (const [id] of all(stack, type)) expect(refused).toContain(`"${id}"`);
    }
  });
});

describe('nobody', () => {
  test('is allowed anything on all resources, but to list schedules, which IAM cannot bound', () => {
    const onAll = [...allowedActions(stack, /./)].filter(([, to]) => to.includes('"*"'));

    expect(onAll).toEqual([['scheduler:ListSchedules', ['"*"']]]);
  });

  test('is allowed a whole service', () => {
    const wild = [...allowedActions(stack, /./).keys()].filter((action) => action.includes('*'));

    expect(wild).toEqual([]);
  });

  test('but workers and operators of dead letters receives, and only workers hold rights of Scheduler', () => {
    const mayDo = (role: RegExp) => [...allowedActions(stack, role).keys()].join();

    for (const producer of [/^Web/, /^Django/]) {
      expect(mayDo(producer)).not.toMatch(/sqs:(Receive|Delete|Change)|scheduler:|iam:/);
    }
    expect(mayDo(/^Operator/)).not.toMatch(/scheduler:|iam:/);
    expect(
      allowedActions(stack, /^Operator/)
        .get('sqs:ReceiveMessage')
        ?.join(),
    ).not.toMatch(/Queue(,|$)/);
    expect(mayDo(/^CeleryWorkers/)).toMatch(/sqs:ReceiveMessage.*scheduler:CreateSchedule/);
  });
});

test('every worker may go in circles with its queues, since chains and retries do', () => {
  const workers = all(stack, 'AWS::Lambda::Function');

  expect(workers).toHaveLength(2);
  for (const [, { Properties }] of workers) expect(Properties.RecursiveLoop).toBe('Allow');
});

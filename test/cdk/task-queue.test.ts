import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AnyPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { TaskQueue } from '../../cdk/index.ts';
import { allowedActions, aStack } from './support.ts';

describe('TaskQueue', () => {
  test('is encrypted and leads to a dead-letter queue that keeps letters for 14 days', () => {
    const stack = aStack();
    new TaskQueue(stack, 'Celery', { name: 'celery' });

    const template = Template.fromStack(stack);

    template.resourceCountIs('AWS::SQS::Queue', 2);
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: Match.absent(),
      FifoQueue: Match.absent(),
      SqsManagedSseEnabled: true,
      VisibilityTimeout: 360,
      MessageRetentionPeriod: Duration.days(7).toSeconds(),
      RedrivePolicy: {
        maxReceiveCount: 100,
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] },
      },
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: Duration.days(14).toSeconds(),
      RedrivePolicy: Match.absent(),
    });
  });

  test('refuses whoever does not use TLS, on both queues', () => {
    const stack = aStack();
    new TaskQueue(stack, 'Celery', { name: 'celery' });

    const policies = Template.fromStack(stack).findResources('AWS::SQS::QueuePolicy', {
      Properties: {
        PolicyDocument: {
          Statement: [
            {
              Action: 'sqs:*',
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      },
    });

    expect(Object.keys(policies)).toHaveLength(2);
  });

  test.for([
    { maxAttempts: 3, receives: 100 },
    { maxAttempts: 90, receives: 100 },
    { maxAttempts: 91, receives: 101 },
    { maxAttempts: 500, receives: 510 },
    { maxAttempts: 990, receives: 1000 },
  ])(
    'with $maxAttempts attempts SQS gives up after $receives receives',
    ({ maxAttempts, receives }) => {
      const stack = aStack();
      new TaskQueue(stack, 'Celery', { name: 'celery', maxAttempts });

      Template.fromStack(stack).hasResourceProperties('AWS::SQS::Queue', {
        RedrivePolicy: { maxReceiveCount: receives },
      });
    },
  );

  test.for([0, -1, 1.5, Number.NaN, 991, Infinity])('refuses %d attempts', (maxAttempts) => {
    expect(() => new TaskQueue(aStack(), 'Celery', { name: 'celery', maxAttempts })).toThrow(
      `maxAttempts is ${maxAttempts}, expected a whole number from 1 to 990: how often a task may be started. SQS delivers a message at most 1000 times`,
    );
  });

  test.for([
    { name: 'celery', queueName: 'celery', queue: 'celery', dead: 'celery-dead' },
    { name: 'x', queueName: 'my.app:high@x', queue: 'my-app_high_x', dead: 'my-app_high_x-dead' },
    { name: 'orders.fifo', queueName: 'o.fifo', queue: 'o.fifo', dead: 'o-dead.fifo' },
  ])(
    '$queueName is $queue in SQS and its letters lie on $dead',
    ({ name, queueName, queue, dead }) => {
      const stack = aStack();
      new TaskQueue(stack, 'Celery', { name, queueName });

      const template = Template.fromStack(stack);

      template.hasResourceProperties('AWS::SQS::Queue', {
        QueueName: queue,
        RedrivePolicy: Match.anyValue(),
      });
      template.hasResourceProperties('AWS::SQS::Queue', { QueueName: dead });
    },
  );

  test('whose name ends in .fifo is a FIFO queue, and so is its dead-letter queue', () => {
    const stack = aStack();
    const orders = new TaskQueue(stack, 'Orders', { name: 'orders.fifo' });

    const fifo = Template.fromStack(stack).findResources('AWS::SQS::Queue', {
      Properties: { FifoQueue: true, ContentBasedDeduplication: true },
    });

    expect(orders.fifo).toBe(true);
    expect(Object.keys(fifo)).toHaveLength(2);
  });

  test.for([
    { name: 'my queue', says: "Queue 'my queue' would be 'my queue' in SQS, which allows 1 to 80" },
    { name: '', says: 'Choose another name' },
    { name: 'é', says: 'Choose another name' },
    { name: 'x'.repeat(81), says: 'Choose another name' },
  ])('refuses the name $name', ({ name, says }) => {
    expect(() => new TaskQueue(aStack(), 'Celery', { name })).toThrow(says);
  });

  test.for([
    { name: 'orders.fifo', queueName: 'orders' },
    { name: 'orders', queueName: 'orders.fifo' },
  ])('refuses $name under the name $queueName: both or none are FIFO', ({ name, queueName }) => {
    expect(() => new TaskQueue(aStack(), 'Orders', { name, queueName })).toThrow(
      "either both end in '.fifo' or none does",
    );
  });

  test('refuses a chosen name that leaves no room for the dead-letter queue', () => {
    const queueName = 'x'.repeat(78);

    expect(() => new TaskQueue(aStack(), 'Celery', { name: 'celery', queueName })).toThrow(
      `Queue '${queueName}-dead'`,
    );
  });

  test('lets a sender send, and nothing else', () => {
    const stack = aStack();
    const sender = new Role(stack, 'Sender', { assumedBy: new AnyPrincipal() });

    new TaskQueue(stack, 'Celery', { name: 'celery' }).grantSend(sender);

    expect([...allowedActions(stack, /^Sender/)]).toEqual([['sqs:SendMessage', ['CeleryQueue']]]);
  });

  test('uses a key of your own for both queues, which a sender may then use', () => {
    const stack = aStack();
    const sender = new Role(stack, 'Sender', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    });
    const encryptionKey = new Key(stack, 'Key');

    new TaskQueue(stack, 'Celery', { name: 'celery', encryptionKey }).grantSend(sender);

    const encrypted = Template.fromStack(stack).findResources('AWS::SQS::Queue', {
      Properties: { KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] } },
    });
    expect(Object.keys(encrypted)).toHaveLength(2);
    expect(allowedActions(stack, /^Sender/).get('kms:GenerateDataKey*')).toEqual(['Key']);
  });
});

import { Match, Template } from 'aws-cdk-lib/assertions';
import { AnyPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { TaskQueue } from '../../cdk/index.ts';
import { parseEndpoints, queueUrls } from '../../lib/protocol/endpoints.ts';
import { allowedActions, aStack, deployed, someEndpoints } from './support.ts';

function someQueues(names: readonly [string, ...string[]], chosen = false) {
  const stack = aStack();
  const queue = (name: string) =>
    new TaskQueue(stack, name, { name, queueName: chosen ? name : undefined });
  const [first, ...others] = names;
  return { stack, queues: [queue(first), ...others.map(queue)] as const };
}

const manyNames = ['celery', ...Array.from({ length: 14 }, (_, index) => `queue-${index}`)] as [
  string,
];
const tooManyNames = ['celery', ...Array.from({ length: 50 }, (_, index) => `queue-${index}`)] as [
  string,
];

describe('AppEndpoints', () => {
  test('say where every queue and table is, as the runtime reads it', () => {
    const { stack, queues } = someQueues(['celery', 'images']);
    const { value } = someEndpoints(stack, [...queues]);

    const endpoints = parseEndpoints(deployed(stack.resolve(value)));

    expect(endpoints).toMatchObject({ version: 1, region: 'eu-west-3', defaultQueue: 'celery' });
    expect(endpoints.resultTable).toMatch(/^Shop-ResultsTable/);
    expect(endpoints.stateTable).toMatch(/^Shop-StateTable/);
    expect(Object.keys(endpoints.deadLetterQueues)).toEqual(['celery', 'images']);
  });

  test('give the URL of each queue, the common prefix said once', () => {
    const { stack, queues } = someQueues(['celery', 'images']);
    const { value } = someEndpoints(stack, [...queues]);

    const endpoints = parseEndpoints(deployed(stack.resolve(value)));

    expect(queueUrls(endpoints, 'queues').get('images')).toMatch(
      /^https:\/\/sqs.eu-west-3.amazonaws.com\/123456789012\/Shop-imagesQueue/,
    );
    expect(queueUrls(endpoints, 'deadLetterQueues').get('images')).toMatch(
      /123456789012\/Shop-imagesDeadLetters/,
    );
  });

  test('stand in the environment as long as they are short', () => {
    const { stack, queues } = someQueues(['celery', 'images']);

    const endpoints = someEndpoints(stack, [...queues]);

    expect(endpoints.value).toBe(endpoints.json);
    Template.fromStack(stack).resourceCountIs('AWS::SSM::Parameter', 0);
  });

  test('move to a parameter when they may be longer than Lambda takes, with the right to read just that', () => {
    const { stack, queues } = someQueues(manyNames);
    const role = new Role(stack, 'Reader', { assumedBy: new AnyPrincipal() });

    const endpoints = someEndpoints(stack, [...queues]);
    endpoints.grantRead(role);

    expect(deployed(stack.resolve(endpoints.value))).toMatch(/^ssm:Shop-EndpointsParameter/);
    Template.fromStack(stack).hasResourceProperties('AWS::SSM::Parameter', {
      Name: Match.stringLikeRegexp('^/celery-aws/Shop-Endpoints'),
      Tier: 'Intelligent-Tiering',
    });
    expect([...allowedActions(stack, /^Reader/)]).toEqual([
      ['ssm:GetParameter', ['EndpointsParameter']],
    ]);
  });

  test('know that short chosen names need no parameter', () => {
    const { stack, queues } = someQueues(manyNames, true);

    const endpoints = someEndpoints(stack, [...queues]);

    expect(endpoints.parameter).toBeUndefined();
  });

  test('refuse what even a parameter cannot hold', () => {
    const { stack, queues } = someQueues(tooManyNames);

    expect(() => someEndpoints(stack, [...queues])).toThrow(
      /Shop\/Endpoints: CELERY_ENDPOINTS may take \d+ bytes and an SSM parameter holds 8192/,
    );
  });
});

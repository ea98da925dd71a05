import * as sdk from '@aws-sdk/client-scheduler';
import { describe, expect, test } from 'vitest';
import { EventBridgeSchedules, type LoadedScheduler, QueueDirectory } from '../../lib/aws/index.ts';
import { OperationalError } from '../../lib/errors.ts';

const at = 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012';
const queues = new QueueDirectory({
  queues: new Map([
    ['celery', `${at}/Shop-celery`],
    ['orders.fifo', `${at}/Shop-orders.fifo`],
  ]),
  deadLetterQueues: new Map([
    ['celery', `${at}/Shop-dead`],
    ['orders.fifo', `${at}/Shop-dead.fifo`],
  ]),
});
const fireAt = Date.UTC(2026, 4, 1, 12, 30, 5);
const message = { taskId: 'abc', attempt: 2, generation: 1, fireAt, queue: 'celery', body: 'e30=' };

type Command = { readonly constructor: { readonly name: string }; readonly input: object };

/** Schedules whose requests a script answers, by the command's name. */
function scripted(script: Readonly<Record<string, (input: object) => unknown>>) {
  const requests: Command[] = [];
  const client = {
    async send(command: Command) {
      requests.push(command);
      const answer = script[command.constructor.name]?.(command.input);
      if (answer instanceof Error) throw answer;
      return answer ?? {};
    },
  };
  const schedules = new EventBridgeSchedules({
    scheduler: { load: async () => ({ client, sdk }) as unknown as LoadedScheduler },
    group: 'parked',
    roleArn: 'arn:aws-cn:iam::123456789012:role/parked',
    region: 'cn-north-1',
    queues,
  });
  return { schedules, requests };
}

function named(name: string): Error {
  return Object.assign(new Error('by script'), { name });
}

describe('a schedule', () => {
  test('sends once, to the queue by its ARN, then goes; what cannot be sent is dead-lettered', async () => {
    const { schedules, requests } = scripted({});

    await schedules.create(message);

    expect(requests[0]?.input).toEqual({
      Name: expect.stringMatching(/^[0-9a-f]{32}-2\.1-\d+$/),
      GroupName: 'parked',
      ScheduleExpression: 'at(2026-05-01T12:30:05)',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: 'arn:aws-cn:sqs:cn-north-1:123456789012:Shop-celery',
        RoleArn: 'arn:aws-cn:iam::123456789012:role/parked',
        Input: 'e30=',
        DeadLetterConfig: { Arn: 'arn:aws-cn:sqs:cn-north-1:123456789012:Shop-dead' },
      },
    });
  });

  test('to a FIFO queue has its group, and no dead-letter queue', async () => {
    const { schedules, requests } = scripted({});

    await schedules.create({ ...message, queue: 'orders.fifo', groupId: 'a' });

    expect(requests[0]?.input).toMatchObject({
      Target: { SqsParameters: { MessageGroupId: 'a' }, Input: 'e30=' },
    });
    expect(requests[0]?.input).not.toHaveProperty('Target.DeadLetterConfig');
  });

  test('that went between a conflict and the look at it has been sent', async () => {
    const { schedules } = scripted({
      CreateScheduleCommand: () => named('ConflictException'),
      GetScheduleCommand: () => named('ResourceNotFoundException'),
    });

    expect(await schedules.create(message)).toEqual({ created: false, fireAt: 0 });
  });

  test('that went while its task was looked for is left out, page after page', async () => {
    const { schedules, requests } = scripted({
      ListSchedulesCommand: (input) =>
        'NextToken' in input && input.NextToken
          ? { Schedules: [{ Name: 'second' }] }
          : { Schedules: [{ Name: 'gone' }], NextToken: 'more' },
      GetScheduleCommand: (input) =>
        'Name' in input && input.Name === 'gone'
          ? named('ResourceNotFoundException')
          : { Target: { Arn: 'arn:aws-cn:sqs:cn-north-1:1:Shop-celery', Input: 'e30=' } },
    });

    const found = await schedules.find('abc');

    expect(found).toEqual([{ name: 'second', queue: 'celery', body: 'e30=', groupId: undefined }]);
    expect(requests[0]?.input).toMatchObject({
      GroupName: 'parked',
      NamePrefix: expect.stringMatching(/^[0-9a-f]{32}-$/),
    });
  });

  test.for([
    ['create', (schedules: EventBridgeSchedules) => schedules.create(message)],
    ['find', (schedules: EventBridgeSchedules) => schedules.find('abc')],
    ['delete', (schedules: EventBridgeSchedules) => schedules.delete('name')],
  ] as const)('that cannot be reached is an error that names the group: %s', async ([, ask]) => {
    const denied = () => named('AccessDeniedException');
    const { schedules } = scripted({
      CreateScheduleCommand: denied,
      ListSchedulesCommand: denied,
      DeleteScheduleCommand: denied,
    });

    const error = await ask(schedules).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(OperationalError);
    expect(String(error)).toMatch(/group 'parked' failed: AccessDeniedException/);
  });
});

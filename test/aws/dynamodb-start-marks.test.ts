import { expect, test } from 'vitest';
import { DynamoDBStartMarks } from '../../lib/aws/index.ts';
import { OperationalError } from '../../lib/errors.ts';
import { AwsFault, type FakeAws, startFakeAws } from '../support/fake-aws.ts';
import { instantClock } from '../support/instant-clock.ts';

const key = { taskId: 'abc', attempt: 2, generation: 1 };
const mark = { token: 't', deadline: 9_000, limit: 3, expiresAt: 5_000_000_000 };
const expired = { ttl: { N: '1' }, tokens: { SS: ['a', 'b', 'c'] } };

function marksOn({ dynamodb }: FakeAws): DynamoDBStartMarks {
  return new DynamoDBStartMarks({ client: dynamodb, table: 'state', clock: instantClock() });
}

test('a mark is one request to the record of this attempt and life', async () => {
  await using aws = await startFakeAws(() => ({ Attributes: { tokens: { SS: ['a', 't'] } } }));

  expect(await marksOn(aws).mark(key, mark)).toEqual({ kind: 'marked', starts: 2 });
  expect(aws.requests.length).toBe(1);
  expect(aws.requests[0]?.input.Key).toEqual({ pk: { S: 'task#abc' }, sk: { S: 'start#2#1' } });
});

test('an expired record is dropped, unless another has replaced it by then, and the mark made again', async () => {
  const failed = (Item?: object) => new AwsFault('ConditionalCheckFailedException', { Item });
  const answers = [failed(expired), failed(), { Attributes: { tokens: { SS: ['t'] } } }];
  await using aws = await startFakeAws((_, count) => answers[count - 1] ?? {});

  expect(await marksOn(aws).mark(key, mark)).toEqual({ kind: 'marked', starts: 1 });
  expect(aws.requests.map(({ operation }) => operation)).toEqual([
    'UpdateItem',
    'DeleteItem',
    'UpdateItem',
  ]);
  expect(aws.requests[1]?.input.ConditionExpression).toBe('#ttl < :now');
});

test('an error names task and table', async () => {
  await using aws = await startFakeAws(() => new AwsFault('ResourceNotFoundException'));
  const marks = marksOn(aws);

  const steps = [
    () => marks.mark(key, mark),
    () => marks.unmark(key, 't'),
    () => marks.end(key, 1),
  ];
  for (const step of steps) {
    await expect(step()).rejects.toThrow(
      /of task abc in table 'state' failed: ResourceNotFoundException: .*deploy the stack/,
    );
    await expect(step()).rejects.toThrow(OperationalError);
  }
});

import { describe, expect, test } from 'vitest';
import {
  DynamoDBAdmissions,
  DynamoDBResultBackend,
  DynamoDBRevocations,
} from '../../lib/aws/index.ts';
import { systemRandom } from '../../lib/ports/index.ts';
import { type AwsRequest, type FakeAws, startFakeAws } from '../support/fake-aws.ts';
import { instantClock } from '../support/instant-clock.ts';

const table = 'state';
const record = { terminate: false, expiresAt: 2_000_000_000 };

function revocationsOn({ dynamodb: client }: FakeAws) {
  return new DynamoDBRevocations({ client, table, clock: instantClock(), random: systemRandom });
}

function someIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `task-${index}`);
}

function itemsOf({ input }: AwsRequest): readonly unknown[] {
  const items: unknown = input.RequestItems?.[table];
  return Array.isArray(items) ? items : [];
}

describe('revoking', () => {
  test('twenty-five records go by one request, two for each task with terminate', async () => {
    await using aws = await startFakeAws(() => ({}));

    await revocationsOn(aws).revoke(
      { taskIds: [...someIds(30), 'task-0'], stamps: [] },
      { ...record, terminate: true },
    );

    const sizes = aws.requests.map((request) => itemsOf(request).length);
    expect(sizes.sort((one, other) => other - one)).toEqual([25, 25, 10]);
  });

  test('records left unprocessed are written again, and only they', async () => {
    await using aws = await startFakeAws((request, count) =>
      count === 1 ? { UnprocessedItems: { [table]: itemsOf(request).slice(7) } } : {},
    );

    await revocationsOn(aws).revoke({ taskIds: someIds(10), stamps: [] }, record);

    expect(aws.requests.map((request) => itemsOf(request).length)).toEqual([10, 3]);
  });

  test('a table that is throttled round after round is an error with the way out', async () => {
    await using aws = await startFakeAws((request) => ({
      UnprocessedItems: { [table]: itemsOf(request) },
    }));

    const revoking = revocationsOn(aws).revoke({ taskIds: someIds(10), stamps: [] }, record);

    await expect(revoking).rejects.toThrow(
      /Table 'state' left 10 of 10 revokes unwritten 8 times in a row.*Revoke again later/,
    );
  });
});

test('a batch of ten is admitted by one consistent request over both tables', async () => {
  await using aws = await startFakeAws(() => ({}));
  const [client, clock, random] = [aws.dynamodb, instantClock(), systemRandom];
  const results = new DynamoDBResultBackend({ client, table: 'results', clock, random });
  const revocations = revocationsOn(aws);
  const admissions = new DynamoDBAdmissions({ client, clock, random, results, revocations });

  await admissions.read(someIds(10).map((taskId) => ({ taskId, stamps: [] })));

  const asked = aws.requests.map(({ input }) => input.RequestItems);
  expect(asked).toEqual([
    {
      results: { Keys: expect.any(Array), ConsistentRead: true },
      state: { Keys: expect.any(Array), ConsistentRead: true },
    },
  ]);
  expect(
    asked.flatMap((tables) => Object.values(tables ?? {}).map(({ Keys }) => Keys.length)),
  ).toEqual([10, 10]);
});

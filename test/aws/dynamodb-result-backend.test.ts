import { describe, expect, test } from 'vitest';
import { DynamoDBResultBackend } from '../../lib/aws/index.ts';
import { DecodeError, OperationalError } from '../../lib/errors.ts';
import type { ResultWrite } from '../../lib/ports/index.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import {
  AwsFault,
  type AwsRequest,
  type FakeAws,
  lostAnswer,
  startFakeAws,
} from '../support/fake-aws.ts';
import { instantClock } from '../support/instant-clock.ts';

const table = 'celery';
const throttledTable = new AwsFault('ProvisionedThroughputExceededException');
const missingTable = new AwsFault('ResourceNotFoundException');

function backendOn(
  { dynamodb }: FakeAws,
  options: { keyPrefix?: string } = {},
): DynamoDBResultBackend {
  const random = new SeededRandom(1);
  return new DynamoDBResultBackend({
    client: dynamodb,
    table,
    clock: instantClock(),
    random,
    ...options,
  });
}

describe('reading', () => {
  test('a hundred keys go by one request, each key once', async () => {
    await using aws = await startFakeAws(readAll);
    const ids = numbered(250);

    const found = await backendOn(aws).read([...ids, ...ids]);

    expect([...found.keys()].sort()).toEqual([...ids].sort());
    expect(aws.requests.map((request) => keysOf(request).length).sort()).toEqual([100, 100, 50]);
  });

  test('keys left unprocessed are asked for again, and only they', async () => {
    await using aws = await startFakeAws((request, count) =>
      count === 1 ? readFirst(request, 6) : readAll(request),
    );

    const found = await backendOn(aws).read(numbered(10));

    expect(found.size).toBe(10);
    expect(aws.requests.map((request) => keysOf(request).length)).toEqual([10, 4]);
  });

  test('answers that bring a little each time are followed to the end', async () => {
    await using aws = await startFakeAws((request) => readFirst(request, 1));

    const found = await backendOn(aws).read(numbered(20));

    expect(found.size).toBe(20);
    expect(aws.requests.length).toBe(20);
  });

  test('answers that bring nothing are given up after a while', async () => {
    await using aws = await startFakeAws((request) => readFirst(request, 0));

    const reading = backendOn(aws).read(numbered(10));

    await expect(reading).rejects.toThrow(OperationalError);
    await expect(reading).rejects.toThrow(/Table 'celery' left 10 of 10 keys unread 8 times/);
    expect(aws.requests.length).toBe(8);
  });

  test('reads are consistent unless told otherwise', async () => {
    await using aws = await startFakeAws(readAll);

    await backendOn(aws).read(['a']);
    await backendOn(aws).read(['a'], { consistent: false });

    const consistent = aws.requests.map(({ input }) => input.RequestItems?.[table]?.ConsistentRead);
    expect(consistent).toEqual([true, false]);
  });

  test('no ids are no request', async () => {
    await using aws = await startFakeAws(readAll);

    expect((await backendOn(aws).read([])).size).toBe(0);
    expect(aws.requests).toEqual([]);
  });

  test("keys are Celery's, with its global prefix", async () => {
    await using aws = await startFakeAws(readAll);

    await backendOn(aws, { keyPrefix: 'prod' }).read(['abc']);

    expect(aws.requests.flatMap(keysOf)).toEqual(["b'prod_celery-task-meta-abc'"]);
  });

  test('an item that is no result tells so, and the others are read', async () => {
    await using aws = await startFakeAws((request) => ({
      Responses: {
        [table]: [
          { id: { S: keysOf(request)[0] }, result: { S: 'text' } },
          { ...anItem, id: { S: keysOf(request)[1] } },
        ],
      },
    }));

    const found = await backendOn(aws).read(['bad', 'good']);

    expect(found.get('bad')?.malformed).toBeInstanceOf(DecodeError);
    expect(found.get('bad')?.malformed?.message).toMatch(/task bad .* found id, result/);
    expect(found.get('good')?.timestamp).toBe('1.5');
    expect(found.get('good')?.malformed).toBeUndefined();
  });

  test('a table that is not there is an error with the way out', async () => {
    await using aws = await startFakeAws(() => missingTable);

    await expect(backendOn(aws).read(['abc'])).rejects.toThrow(
      /of table 'celery' failed: ResourceNotFoundException.*deploy the stack/,
    );
  });
});

describe('storing', () => {
  test('a state is one request', async () => {
    await using aws = await startFakeAws(() => ({}));

    expect(await backendOn(aws).store(aWrite)).toEqual({ stored: true });
    expect(aws.requests.map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  test('a throttled table is waited out by the SDK', async () => {
    await using aws = await startFakeAws((_, count) => (count < 3 ? throttledTable : {}));

    expect(await backendOn(aws).store(aWrite)).toEqual({ stored: true });
    expect(aws.requests.length).toBe(3);
  });

  test('a write whose answer was lost is repeated, and recognises itself in the item', async () => {
    await using aws = await startFakeAws((_, count) =>
      count === 1 ? lostAnswer : failedCondition({ ...anItem, token: { S: aWrite.token } }),
    );

    expect(await backendOn(aws).store(aWrite)).toEqual({ stored: true });
    expect(aws.requests.length).toBe(2);
  });

  test('an item of another token stood in the way', async () => {
    await using aws = await startFakeAws(() =>
      failedCondition({ ...anItem, status: { S: 'SUCCESS' }, token: { S: 'of another' } }),
    );

    expect(await backendOn(aws).store(aWrite)).toMatchObject({
      stored: false,
      current: { taskId: 'abc', timestamp: '1.5', own: { status: 'SUCCESS' } },
    });
  });

  test('an engine that keeps the item to itself is an error that says what is missing', async () => {
    await using aws = await startFakeAws(() => failedCondition(undefined));

    await expect(backendOn(aws).store(aWrite)).rejects.toThrow(
      /ReturnValuesOnConditionCheckFailure/,
    );
  });

  test('an outage is an error that names state, task, table and what AWS says', async () => {
    await using aws = await startFakeAws(() => new AwsFault('InternalServerError', {}, 500));

    await expect(backendOn(aws).store(aWrite)).rejects.toThrow(
      /Storing SUCCESS of task abc in table 'celery' failed: InternalServerError/,
    );
    expect(aws.requests.length).toBe(5);
  });
});

describe('forgetting', () => {
  test('is a request for each result, whose answer tells where its document lay', async () => {
    await using aws = await startFakeAws((_, count) => ({
      Attributes: count === 1 ? { ...anItem, payload: { S: 'there' } } : undefined,
    }));

    expect(await backendOn(aws).forget(['abc', 'abc'])).toEqual(['there']);
    expect(await backendOn(aws).forget(['never-stored'])).toEqual([]);
    expect(aws.requests.map(({ operation }) => operation)).toEqual(['DeleteItem', 'DeleteItem']);
  });
});

const aWrite: ResultWrite = {
  taskId: 'abc',
  document: new Uint8Array([123, 125]),
  status: 'SUCCESS',
  timestamp: 1.5,
  expiresAt: undefined,
  attempt: 0,
  fromAttempt: 0,
  generation: 0,
  dead: undefined,
  retry: undefined,
  token: 'ours',
  over: undefined,
};

const anItem = {
  id: { S: "b'celery-task-meta-abc'" },
  result: { B: 'e30=' },
  timestamp: { N: '1.5' },
};

function failedCondition(Item: object | undefined): AwsFault {
  return new AwsFault('ConditionalCheckFailedException', { Item });
}

function readAll(request: AwsRequest): object {
  return readFirst(request, 100);
}

function readFirst(request: AwsRequest, count: number): object {
  const keys = keysOf(request);
  const left = keys.slice(count).map((key) => ({ id: { S: key } }));
  return {
    Responses: { [table]: keys.slice(0, count).map((key) => ({ ...anItem, id: { S: key } })) },
    UnprocessedKeys: left.length > 0 ? { [table]: { Keys: left } } : {},
  };
}

function keysOf({ input }: AwsRequest): string[] {
  return (input.RequestItems?.[table]?.Keys ?? []).map(({ id }) => id.S);
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `task-${index}`);
}

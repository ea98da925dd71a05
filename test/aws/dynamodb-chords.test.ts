import { describe, expect, test } from 'vitest';
import { DynamoDBChords, DynamoDBGroups } from '../../lib/aws/index.ts';
import { DecodeError, OperationalError } from '../../lib/errors.ts';
import type { ChordPart } from '../../lib/ports/index.ts';
import { partAttribute } from '../../lib/protocol/chord-parts.ts';
import { taskResultTuple } from '../../lib/protocol/index.ts';
import { ManualClock } from '../../lib/testing/manual-clock.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import chordFlow from '../fixtures/vectors/chord-flow.json' with { type: 'json' };
import groupSaved from '../fixtures/vectors/group-saved.json' with { type: 'json' };
import { AwsFault, type AwsRequest, type FakeAws, startFakeAws } from '../support/fake-aws.ts';

const now = Date.UTC(2026, 10, 21);
const tomorrow = now / 1000 + 86_400;
const part: ChordPart = {
  groupId: 'g',
  taskId: 'a',
  sizes: { size: 3, listed: 3 },
  mayFill: false,
  expiresAt: tomorrow - 10,
};

function optionsOn({ dynamodb: client }: FakeAws) {
  const [clock, random] = [new ManualClock(now), new SeededRandom(1)];
  return { client, table: 'celery', clock, random };
}

describe('a chord', () => {
  test("is Celery's counter item, then Celery's saved group, each with an end", async () => {
    await using aws = await startFakeAws(() => ({}));
    const [counter, group] = putsOf(chordFlow.calls);
    const [[groupId], members] = documentOf(group).result;

    await new DynamoDBChords(optionsOn(aws)).create({ groupId, members, expiresAt: tomorrow });

    const [first, second] = aws.requests.map(written);
    const timestamp = { N: String(now / 1000) };
    const ttl = { N: String(tomorrow) };
    const sizes = { beforeLast: { N: '2' }, listed: { N: '3' } };
    expect(first).toEqual({ ...counter, timestamp, ttl, ...sizes });
    expect(second).toMatchObject({ id: group?.id, timestamp, ttl });
    expect(JSON.parse(textOf(second?.result))).toEqual(documentOf(group));
  });

  test('is counted by one request, whose answer is as long for the last part as for the first', async () => {
    await using aws = await startFakeAws(() => ({
      Attributes: { chord_count: { N: '3' }, joined: { BOOL: false } },
    }));

    const outcome = await new DynamoDBChords(optionsOn(aws)).count({ ...part, mayFill: true });

    expect(outcome).toMatchObject({ kind: 'counted', count: 3, completedIt: true, joined: false });
    expect(aws.requests).toMatchObject([
      {
        operation: 'UpdateItem',
        input: { ReturnValues: 'UPDATED_NEW', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
      },
    ]);
  });

  test('tells a part whose first answer was lost that it is counted, without another read', async () => {
    const counter = { ...aCounter('2'), [partAttribute('a')]: { N: '1' } };
    await using aws = await startFakeAws(() => refusedBy(counter));

    const outcome = await new DynamoDBChords(optionsOn(aws)).count(part);

    expect(outcome).toMatchObject({
      kind: 'counted',
      count: 2,
      completedIt: false,
      joined: false,
    });
    expect(aws.requests).toHaveLength(1);
  });

  test('that tells its sizes is counted without a read by a part that does not know them', async () => {
    await using aws = await startFakeAws(() => ({
      Attributes: { chord_count: { N: '1' }, beforeLast: { N: '2' }, listed: { N: '2' } },
    }));

    const outcome = await new DynamoDBChords(optionsOn(aws)).count({ ...part, sizes: undefined });

    expect(outcome).toMatchObject({ kind: 'counted', count: 1, sizes: { size: 3, listed: 2 } });
    expect(aws.requests).toHaveLength(1);
  });

  test('ends with a day: parts that end hours apart do not move it', async () => {
    await using aws = await startFakeAws(() => ({ Attributes: { chord_count: { N: '1' } } }));
    const chords = new DynamoDBChords(optionsOn(aws));

    await chords.count({ ...part, expiresAt: tomorrow - 10 });
    await chords.count({ ...part, expiresAt: tomorrow - 80_000 });

    const asked = aws.requests.map(({ input }) => valuesOf(input)[':ttl']);
    expect(asked).toEqual([{ N: String(tomorrow) }, { N: String(tomorrow) }]);
  });

  test('whose end is too early is moved on, the group first, and counted then', async () => {
    const early = { ...aCounter('0'), ttl: { N: String(tomorrow - 86_400) } };
    await using aws = await startFakeAws((_request, count) =>
      count === 1 ? refusedBy(early) : { Attributes: { chord_count: { N: '1' } } },
    );

    const outcome = await new DynamoDBChords(optionsOn(aws)).count(part);

    expect(outcome).toMatchObject({ kind: 'counted', count: 1 });
    expect(aws.requests.map(({ input }) => input.Key)).toEqual([
      { id: { S: "b'chord-unlock-g'" } },
      { id: { S: "b'celery-taskset-meta-g'" } },
      { id: { S: "b'chord-unlock-g'" } },
      { id: { S: "b'chord-unlock-g'" } },
    ]);
  });

  test('is read by one consistent request', async () => {
    await using aws = await startFakeAws(() => ({ Responses: { celery: [aCounter('2')] } }));

    const record = await new DynamoDBChords(optionsOn(aws)).read('g');

    expect(record).toMatchObject({ count: 2, joined: false, members: undefined });
    expect(aws.requests).toMatchObject([
      { operation: 'BatchGetItem', input: { RequestItems: { celery: { ConsistentRead: true } } } },
    ]);
  });

  test('says what it was doing when the table is not there', async () => {
    await using aws = await startFakeAws(() => new AwsFault('ResourceNotFoundException'));

    const counting = new DynamoDBChords(optionsOn(aws)).count(part);

    await expect(counting).rejects.toThrow(OperationalError);
    await expect(counting).rejects.toThrow(
      "Counting task a as a part of chord g in table 'celery' failed",
    );
  });
});

describe('a saved group', () => {
  test("is Celery's item, without an end where none was given", async () => {
    await using aws = await startFakeAws(() => ({}));
    const [item] = putsOf(groupSaved.calls.filter(isOfGroup));
    const [[groupId], members] = documentOf(item).result;

    await new DynamoDBGroups(optionsOn(aws)).save({ groupId, members, parent: null }, undefined);

    const [saved] = aws.requests.map(written);
    expect(Object.keys(saved ?? {})).toEqual(Object.keys(item ?? {}));
    expect(JSON.parse(textOf(saved?.result))).toEqual(documentOf(item));
  });

  test("of Python's is read", async () => {
    const [item] = putsOf(groupSaved.calls.filter(isOfGroup));
    await using aws = await startFakeAws(() => ({ Responses: { celery: [item] } }));
    const [[groupId], members] = documentOf(item).result;

    const group = await new DynamoDBGroups(optionsOn(aws)).restore(groupId);

    expect(group).toEqual({ groupId, members, parent: null });
  });

  test.for([
    ['has no document', { id: { S: 'b' } }, /expected an attribute 'result' \(B\), found id/],
    ["has a task's document", { result: { B: base64('{"status":"SUCCESS"}') } }, DecodeError],
    ['refers to a task', { result: { B: base64('{"result":[["a",null],null]}') } }, /single task/],
  ] as const)('that %s is refused', async ([, item, error]) => {
    await using aws = await startFakeAws(() => ({ Responses: { celery: [item] } }));

    await expect(new DynamoDBGroups(optionsOn(aws)).restore('g')).rejects.toThrow(error);
  });

  test('is written and read by the codec it is given', async () => {
    const codec = {
      encode: async () => Buffer.from('packed'),
      decode: async (document: Uint8Array) =>
        [[Buffer.from(document).toString(), null], [taskResultTuple('a')]] as const,
    };
    await using aws = await startFakeAws(({ operation }) =>
      operation === 'UpdateItem'
        ? {}
        : { Responses: { celery: [{ result: { B: base64('read') } }] } },
    );
    const groups = new DynamoDBGroups({ ...optionsOn(aws), codec });

    await groups.save({ groupId: 'g', members: [], parent: null }, 1);
    const group = await groups.restore('g');

    expect(aws.requests.map(written)[0]?.result).toEqual({ B: base64('packed') });
    expect(group?.members).toEqual([taskResultTuple('a')]);
  });
});

type Attribute = Readonly<Record<string, unknown>>;
type WrittenItem = Readonly<Record<string, Attribute>>;
type Input = AwsRequest['input'] & {
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: WrittenItem;
};

/** The item that an UpdateItem makes where there is none. */
function written({ input }: AwsRequest): WrittenItem {
  const { Key, UpdateExpression = '', ExpressionAttributeNames: names = {} } = input as Input;
  const sets = [...UpdateExpression.matchAll(/(#\w+) = (:\w+)/g)].map(
    ([, name = '', value = '']) => [names[name], valuesOf(input)[value]] as const,
  );
  return { ...Key, ...Object.fromEntries(sets) };
}

function valuesOf(input: AwsRequest['input']): WrittenItem {
  return (input as Input).ExpressionAttributeValues ?? {};
}

type Tuple = readonly [readonly [string, null], null];
interface GroupPut {
  readonly id: { readonly S: string };
  readonly result: { readonly B: string };
}

function putsOf(calls: readonly { operation: string; params: object }[]): GroupPut[] {
  return calls.flatMap(({ operation, params }) =>
    operation === 'PutItem' && 'Item' in params ? [params.Item as GroupPut] : [],
  );
}

function isOfGroup({ params }: { params: object }): boolean {
  return JSON.stringify(params).includes('celery-taskset-meta');
}

function documentOf(item: GroupPut | undefined): {
  readonly result: readonly [readonly [string, null], readonly Tuple[]];
} {
  return JSON.parse(textOf(item?.result));
}

function textOf(attribute: Attribute | undefined): string {
  return Buffer.from(String(attribute?.B), 'base64').toString();
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function aCounter(count: string) {
  return { id: { S: "b'chord-unlock-g'" }, chord_count: { N: count }, ttl: { N: `${tomorrow}` } };
}

function refusedBy(item: object): AwsFault {
  return new AwsFault('ConditionalCheckFailedException', { Item: item });
}

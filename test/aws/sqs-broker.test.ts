import { describe, expect, test } from 'vitest';
import { QueueDirectory, SqsBroker } from '../../lib/aws/index.ts';
import { OperationalError } from '../../lib/errors.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import {
  AwsFault,
  type AwsRequest,
  type EntryInput,
  type FakeAws,
  lostAnswer,
  startFakeAws,
  taken,
  takenEntry,
  throttled,
} from '../support/fake-aws.ts';
import { instantClock } from '../support/instant-clock.ts';

const url = 'https://sqs.us-east-1.amazonaws.com/1/mail';
const queues = new QueueDirectory({
  queues: new Map([
    ['mail', url],
    ['orders.fifo', `${url}.fifo`],
  ]),
});

function brokerOn({ sqs }: FakeAws, clock = instantClock()): SqsBroker {
  return new SqsBroker({ client: sqs, queues, clock, random: new SeededRandom(1) });
}

describe('sending one message', () => {
  test('throttling is waited out by the SDK', async () => {
    await using aws = await startFakeAws((request, count) =>
      count < 3 ? throttled : taken(request),
    );

    await brokerOn(aws).send('mail', { body: 'x' });

    expect(aws.requests.length).toBe(3);
  });

  test('a message whose answer is lost is sent again', async () => {
    await using aws = await startFakeAws((request, count) =>
      count === 1 ? lostAnswer : taken(request),
    );

    await brokerOn(aws).send('mail', { body: 'x' });

    expect(aws.requests.map(bodyOf)).toEqual(['x', 'x']);
  });

  test('throttling without end is an error that names the queue and what AWS says', async () => {
    await using aws = await startFakeAws(() => throttled);

    const sending = brokerOn(aws).send('mail', { body: 'x' });

    await expect(sending).rejects.toThrow(OperationalError);
    await expect(sending).rejects.toThrow(
      `Sending to queue 'mail' (${url}) failed: ThrottlingException: by script`,
    );
    await expect(sending).rejects.toMatchObject({ cause: { name: 'ThrottlingException' } });
    expect(aws.requests.length).toBe(5);
  }, 20_000);

  test('a queue that is not there is an error with the way out', async () => {
    await using aws = await startFakeAws(() => new AwsFault('QueueDoesNotExist'));

    await expect(brokerOn(aws).send('mail', { body: 'x' })).rejects.toThrow(/deploy the stack/);
  });

  test('a message that SQS would refuse is not sent', async () => {
    await using aws = await startFakeAws(taken);

    await expect(brokerOn(aws).send('mail', { body: 'x\u0001' })).rejects.toThrow(
      `Sending to queue 'mail' (${url}) failed: InvalidMessageContents`,
    );
    expect(aws.requests).toEqual([]);
  });

  test('a deduplication id has no meaning on a standard queue and is left out', async () => {
    await using aws = await startFakeAws(taken);

    await brokerOn(aws).send('mail', { body: 'x', groupId: 'g', deduplicationId: 'd' });

    expect(aws.requests[0]?.input).toEqual({
      QueueUrl: url,
      MessageBody: 'x',
      MessageGroupId: 'g',
    });
  });
});

describe('sending many messages', () => {
  test('ten go by one request', async () => {
    await using aws = await startFakeAws(taken);

    const answers = await brokerOn(aws).sendBatch('mail', numbered(25));

    expect(answers).toEqual(Array(25).fill(undefined));
    expect(aws.requests.map(sizeOf).sort()).toEqual([10, 10, 5]);
  });

  test('at most eight requests are under way at once', async () => {
    await using aws = await startFakeAws(async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return taken(request);
    });

    await brokerOn(aws).sendBatch('mail', numbered(200));

    expect(aws.requests.length).toBe(20);
    expect(aws.mostAtOnce()).toBe(8);
  });

  test('just the entries that the queue could not take are sent again', async () => {
    await using aws = await startFakeAws((request, count) =>
      count === 1 ? failing(request, ['3', '7'], { SenderFault: false }) : taken(request),
    );

    const answers = await brokerOn(aws).sendBatch('mail', numbered(10));

    expect(answers).toEqual(Array(10).fill(undefined));
    expect(aws.requests.map(bodiesOf)[1]).toEqual(['message 3', 'message 7']);
  });

  test('an entry that is at fault itself is not sent again', async () => {
    await using aws = await startFakeAws((request) =>
      failing(request, ['1'], { SenderFault: true, Code: 'InvalidAttributeValue' }),
    );

    const [first, second, third] = await brokerOn(aws).sendBatch('mail', numbered(3));

    expect([first, third]).toEqual([undefined, undefined]);
    expect(second?.message).toContain(`queue 'mail' (${url}) failed: InvalidAttributeValue`);
    expect(aws.requests.length).toBe(1);
  });

  test('a throttled key service is not the fault of the entry, whatever SQS says', async () => {
    await using aws = await startFakeAws((request, count) =>
      count === 1
        ? failing(request, ['0'], { SenderFault: true, Code: 'KmsThrottled' })
        : taken(request),
    );

    expect(await brokerOn(aws).sendBatch('mail', numbered(1))).toEqual([undefined]);
  });

  test('an entry of which the answer says nothing is sent again', async () => {
    await using aws = await startFakeAws((request, count) =>
      count === 1 ? { Successful: entriesOf(request).slice(1).map(takenEntry) } : taken(request),
    );

    const answers = await brokerOn(aws).sendBatch('mail', numbered(3));

    expect(answers).toEqual([undefined, undefined, undefined]);
    expect(aws.requests.map(bodiesOf)[1]).toEqual(['message 0']);
  });

  test('an entry that fails again and again is given up, after waits that grow', async () => {
    await using aws = await startFakeAws((request) =>
      failing(request, ['0'], { SenderFault: false }),
    );
    const clock = instantClock();

    const [failed, sent] = await brokerOn(aws, clock).sendBatch('mail', numbered(2));

    expect(sent).toBeUndefined();
    expect(failed).toBeInstanceOf(OperationalError);
    expect(aws.requests.map(sizeOf)).toEqual([2, 1, 1, 1, 1, 1]);
    expect(clock.waits.length).toBe(5);
    expect(clock.waits.every((wait, round) => wait <= 50 * 2 ** (round + 1))).toBe(true);
  });

  test('a request that fails as a whole fails its own messages alone', async () => {
    await using aws = await startFakeAws((request) =>
      bodiesOf(request).includes('message 12')
        ? new AwsFault('AccessDenied', {}, 403)
        : taken(request),
    );

    const answers = await brokerOn(aws).sendBatch('mail', numbered(30));

    const failed = answers.flatMap((answer, index) => (answer ? [index] : []));
    expect(failed).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(answers[12]?.message).toContain('grantProduce');
  });

  test('a message that SQS would refuse is answered in its place and not sent', async () => {
    await using aws = await startFakeAws(taken);
    const messages = [{ body: 'a' }, { body: '' }, { body: 'b' }];

    const [a, refused, b] = await brokerOn(aws).sendBatch('mail', messages);

    expect([a, b]).toEqual([undefined, undefined]);
    expect(refused?.message).toContain('MissingParameter: the body is empty');
    expect(aws.requests.map(bodiesOf)).toEqual([['a', 'b']]);
  });
});

describe('sending many messages to a FIFO queue', () => {
  test('requests follow each other in order', async () => {
    await using aws = await startFakeAws(taken);

    await brokerOn(aws).sendBatch('orders.fifo', numbered(25));

    expect(aws.requests.flatMap(bodiesOf)).toEqual(numbered(25).map(({ body }) => body));
    expect(aws.mostAtOnce()).toBe(1);
  });

  test('a message that is sent again keeps its deduplication id', async () => {
    await using aws = await startFakeAws((request, count) =>
      count === 1 ? failing(request, ['0'], { SenderFault: false }) : taken(request),
    );

    await brokerOn(aws).sendBatch('orders.fifo', [{ body: 'x' }]);

    const [first, second] = aws.requests.map((request) => entriesOf(request)[0]);
    expect(first?.MessageDeduplicationId).toBeTruthy();
    expect(second).toEqual(first);
  });

  test('nothing passes a message of its group that failed; other groups go on', async () => {
    await using aws = await startFakeAws((request) =>
      failing(request, bodiesOf(request).includes('message 3') ? ['3'] : [], { SenderFault: true }),
    );
    const messages = numbered(12).map((message, index) => ({
      ...message,
      groupId: index % 2 ? 'odd' : 'even',
    }));

    const answers = await brokerOn(aws).sendBatch('orders.fifo', messages);

    expect(bodiesOf(aws.requests[1])).toEqual(['message 10']);
    expect(answers[10]).toBeUndefined();
    expect(answers[11]?.message).toContain("an earlier message of group 'odd' failed");
  });
});

function numbered(count: number): { readonly body: string }[] {
  return Array.from({ length: count }, (_, index) => ({ body: `message ${index}` }));
}

function failing(request: AwsRequest, ids: readonly string[], fault: object): object {
  const entries = entriesOf(request);
  return {
    Successful: entries.filter(({ Id }) => !ids.includes(Id)).map(takenEntry),
    Failed: entries
      .filter(({ Id }) => ids.includes(Id))
      .map(({ Id }) => ({ Id, Code: 'InternalError', Message: 'by script', ...fault })),
  };
}

function entriesOf(request: AwsRequest | undefined): readonly EntryInput[] {
  return request?.input.Entries ?? [];
}

function bodyOf({ input }: AwsRequest): string | undefined {
  return input.MessageBody;
}

function bodiesOf(request: AwsRequest | undefined): string[] {
  return entriesOf(request).map(({ MessageBody }) => MessageBody);
}

function sizeOf(request: AwsRequest): number {
  return entriesOf(request).length;
}

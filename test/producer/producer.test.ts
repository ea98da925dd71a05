import { describe, expect, test } from 'vitest';
import { EncodeError, OperationalError, QueueNotFound } from '../../lib/errors.ts';
import type { Broker, OutgoingMessage } from '../../lib/ports/index.ts';
import { BatchSendError, Producer, type PublishRequest } from '../../lib/producer/index.ts';
import { ManualClock } from '../../lib/testing/manual-clock.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';

type SendBatch = Broker['sendBatch'];

/** A broker with two queues that keeps what it is sent, or answers what it is told. */
function aProducer(answer?: SendBatch) {
  const sent: [queue: string, messages: readonly OutgoingMessage[]][] = [];
  const sendBatch: SendBatch = async (queue, messages) => {
    if (!['celery', 'mail'].includes(queue)) throw new QueueNotFound(queue, ['celery', 'mail']);
    if (messages.length === 0) return [];
    sent.push([queue, messages]);
    return answer ? await answer(queue, messages) : messages.map(() => undefined);
  };
  const broker: Broker = {
    maxDelaySeconds: 900,
    maxMessageBytes: 1_048_576,
    queues: () => ['celery', 'mail'],
    deadLetterQueue: () => undefined,
    send: async (queue, message) => {
      await sendBatch(queue, [message]);
    },
    sendBatch,
  };
  const producer = new Producer({
    broker: async () => broker,
    clock: new ManualClock(),
    random: new SeededRandom(1),
    origin: 'gen1@host',
  });
  return { producer, sent };
}

function aRequest(taskId: string, queue = 'celery', args: unknown[] = []): PublishRequest {
  return {
    task: 'shop.t',
    args,
    kwargs: {},
    queue,
    options: { taskId },
    callbacks: null,
    errbacks: null,
    ignoreResult: null,
    parent: undefined,
  };
}

describe('a batch', () => {
  test('is one call of the broker for each queue', async () => {
    const { producer, sent } = aProducer();
    const requests = [aRequest('a'), aRequest('b', 'mail'), aRequest('c')];

    expect(await producer.sendBatch(requests)).toEqual(['a', 'b', 'c']);
    expect(sent.map(([queue, messages]) => [queue, messages.length])).toEqual([
      ['celery', 2],
      ['mail', 1],
    ]);
  });

  test.for([
    ['an unknown queue', aRequest('b', 'nowhere'), QueueNotFound],
    ['what JSON cannot carry', aRequest('b', 'mail', [() => 1]), EncodeError],
    ['a message too large', aRequest('b', 'mail', ['x'.repeat(1_048_576)]), EncodeError],
  ] as const)('with %s sends nothing', async ([, bad, error]) => {
    const { producer, sent } = aProducer();

    await expect(producer.sendBatch([aRequest('a'), bad])).rejects.toThrow(error);
    expect(sent).toEqual([]);
  });

  test('tells what was sent and what was not', async () => {
    const refusal = new OperationalError('throttled');
    const { producer } = aProducer(async (_queue, messages) =>
      messages.map((_, index) => (index === 1 ? refusal : undefined)),
    );

    const error = await rejection(
      producer.sendBatch([aRequest('a'), aRequest('b'), aRequest('c')]),
    );

    expect(error.message).toContain('1 of 3 messages were not sent');
    expect(error.sent).toEqual(['a', 'c']);
    expect(error.unsent).toEqual([{ taskId: 'b', task: 'shop.t', error: refusal }]);
    expect(error.cause).toBe(refusal);
  });

  test('tells what other queues took when one fails as a whole', async () => {
    const { producer } = aProducer(async (queue, messages) => {
      if (queue === 'mail') throw new OperationalError('away');
      return messages.map(() => undefined);
    });

    const error = await rejection(producer.sendBatch([aRequest('a'), aRequest('b', 'mail')]));

    expect(error.sent).toEqual(['a']);
    expect(error.unsent.map(({ taskId }) => taskId)).toEqual(['b']);
  });
});

async function rejection(work: Promise<unknown>): Promise<BatchSendError> {
  const error = await work.catch((error: unknown) => error);
  if (error instanceof BatchSendError) return error;
  throw new Error(`Expected a BatchSendError, got ${String(error)}`);
}

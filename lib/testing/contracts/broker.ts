import { OperationalError, QueueNotFound } from '../../errors.ts';
import type { Broker, Delivery, QueueConsumer } from '../../ports/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** Queues for one test, and a broker and a consumer on them. */
export interface BrokerFixture extends Fixture {
  readonly broker: Broker;
  readonly consumer: QueueConsumer;
  /** An empty standard queue with a visibility timeout of two seconds and a dead-letter queue, to which a message moves when it would be received a third time. */
  readonly queue: string;
  /** An empty FIFO queue, alike. */
  readonly fifoQueue: string;
  /** Lets this time pass: really, or on the engine's clock. */
  elapse(seconds: number): Promise<void>;
}

/**
 * The contract of `Broker` and `QueueConsumer` as a suite of vitest. A pair of adapters is finished when it is green.
 *
 * @example await describeBroker('my broker', async () => ({ broker, consumer, queue, fifoQueue, elapse, close }));
 */
export async function describeBroker(
  name: string,
  create: () => Promise<BrokerFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);

  describe(`${name}: sending and receiving`, () => {
    test(
      'a message arrives as it was sent',
      on(async ({ broker, consumer, queue }) => {
        const message = {
          body: 'tab\t line\n ünïcode 🥬 "quotes"',
          attributes: { reason: 'grün', n: '1' },
        };

        await broker.send(queue, message);

        const [delivery] = await receiveSoon(consumer, queue);
        expect(delivery).toMatchObject({ ...message, queue, receiveCount: 1 });
        expect(delivery?.messageId).toBeTruthy();
        expect(delivery?.sentAt).toBeGreaterThan(0);
      }),
    );

    test(
      'attributes of every type arrive with their type, by a batch, too',
      on(async ({ broker, consumer, queue }) => {
        const attributes = {
          text: 'plain',
          number: { type: 'Number', value: '123.50' },
          bytes: { type: 'Binary', value: Uint8Array.from([0, 255, 10]) },
          labelled: { type: 'String.json', value: '{}' },
          picture: { type: 'Binary.png', value: Uint8Array.from([137]) },
        };

        await broker.send(queue, { body: 'alone', attributes });
        await broker.sendBatch(queue, [{ body: 'in a batch', attributes }]);

        const deliveries = await receiveAll(consumer, queue, 2);
        expect(deliveries.map((delivery) => delivery.attributes)).toEqual([attributes, attributes]);
      }),
    );

    test(
      'an unknown queue is refused by its name, before anything is sent',
      on(async ({ broker, consumer, queue }) => {
        const unknown = `${queue}-unknown`;

        await expect(broker.send(unknown, { body: 'x' })).rejects.toThrow(QueueNotFound);
        await expect(broker.sendBatch(unknown, [{ body: 'x' }])).rejects.toThrow(unknown);
        await expect(consumer.receive(unknown, { max: 1, waitSeconds: 0 })).rejects.toThrow(
          QueueNotFound,
        );
      }),
    );

    test(
      'the broker names its queues and their dead-letter queues',
      on(async ({ broker, queue, fifoQueue }) => {
        const deadLetterQueue = broker.deadLetterQueue(queue) ?? '';

        expect([...broker.queues()].sort()).toEqual([queue, fifoQueue].sort());
        expect(deadLetterQueue).not.toBe('');
        expect(broker.deadLetterQueue(deadLetterQueue)).toBeUndefined();
        expect(broker.deadLetterQueue(`${queue}-unknown`)).toBeUndefined();
      }),
    );

    test(
      'a queue is found by its ARN, and an unknown one keeps its own name',
      on(async ({ consumer, queue }) => {
        const arn = 'arn:aws:sqs:eu-west-1:123456789012:';

        expect(consumer.queueOf(`${arn}${queue}`)).toBe(queue);
        expect(consumer.queueOf(`${arn}elsewhere`)).toBe('elsewhere');
      }),
    );

    test(
      'a delayed message is received after its delay and not before',
      on(async ({ broker, consumer, queue, elapse }) => {
        await broker.send(queue, { body: 'later', delaySeconds: 2 });

        const early = await receive(consumer, queue);
        await elapse(2.5);
        const late = await receiveSoon(consumer, queue);

        expect(bodies(early)).toEqual([]);
        expect(bodies(late)).toEqual(['later']);
      }),
    );

    test.for([
      ['a delay beyond the longest', { body: 'x', delaySeconds: 901 }],
      ['a negative delay', { body: 'x', delaySeconds: -1 }],
      ['an empty body', { body: '' }],
      ['a character that XML has not', { body: 'x\u0000' }],
      ['an attribute without text', { body: 'x', attributes: { reason: '' } }],
      [
        'an attribute of an unknown type',
        { body: 'x', attributes: { n: { type: 'Int', value: '1' } } },
      ],
    ] as const)('%s is refused', ([, message]) =>
      on(async ({ broker, consumer, queue }) => {
        await expect(broker.send(queue, message)).rejects.toThrow(OperationalError);

        expect(await receive(consumer, queue)).toEqual([]);
      })(),
    );

    test(
      'a message of the largest size is taken, one byte more is refused',
      on(async ({ broker, consumer, queue }) => {
        const attributes = { name: 'text' };
        const largest = 'x'.repeat(broker.maxMessageBytes - 'nameStringtext'.length);

        await broker.send(queue, { body: largest, attributes });
        await expect(broker.send(queue, { body: `${largest}x`, attributes })).rejects.toThrow(
          OperationalError,
        );

        const [delivery] = await receiveSoon(consumer, queue);
        expect(delivery?.body.length).toBe(largest.length);
      }),
    );

    test(
      'a group of a standard queue travels along and holds nothing back',
      on(async ({ broker, consumer, queue }) => {
        await broker.send(queue, { body: 'x', groupId: 'tenant', deduplicationId: 'd' });
        await broker.send(queue, { body: 'x', groupId: 'tenant', deduplicationId: 'd' });

        const received = await receiveAll(consumer, queue, 2);

        expect(received.map(({ groupId }) => groupId)).toEqual(['tenant', 'tenant']);
      }),
    );

    test(
      'a receive takes no more than it asks for',
      on(async ({ broker, consumer, queue }) => {
        await broker.sendBatch(queue, numbered(5));

        const deliveries = await consumer.receive(queue, { max: 3, waitSeconds: 0 });

        expect(deliveries.length).toBeLessThanOrEqual(3);
      }),
    );
  });

  describe(`${name}: batches`, () => {
    test(
      'any number of messages is sent',
      on(async ({ broker, consumer, queue }) => {
        const messages = numbered(23);

        const answers = await broker.sendBatch(queue, messages);

        expect(answers).toEqual(messages.map(() => undefined));
        const received = await receiveAll(consumer, queue, 23);
        expect(bodies(received).sort()).toEqual(messages.map(({ body }) => body).sort());
      }),
    );

    test(
      'no message is none',
      on(async ({ broker, queue }) => {
        expect(await broker.sendBatch(queue, [])).toEqual([]);
      }),
    );

    test(
      'messages that together exceed the size of one request are sent',
      on(async ({ broker, consumer, queue }) => {
        const messages = ['a', 'b', 'c'].map((char) => ({ body: char.repeat(500_000) }));

        const answers = await broker.sendBatch(queue, messages);

        expect(answers).toEqual([undefined, undefined, undefined]);
        const received = await receiveAll(consumer, queue, 3);
        expect(received.map(({ body }) => body[0]).sort()).toEqual(['a', 'b', 'c']);
      }),
    );

    test(
      'a message that the queue refuses is answered with its error, the others are sent',
      on(async ({ broker, consumer, queue }) => {
        const messages = [
          { body: 'first' },
          { body: 'refused', delaySeconds: 901 },
          { body: 'last' },
        ];

        const [first, refused, last] = await broker.sendBatch(queue, messages);

        expect([first, last]).toEqual([undefined, undefined]);
        expect(refused).toBeInstanceOf(OperationalError);
        expect(bodies(await receiveAll(consumer, queue, 2)).sort()).toEqual(['first', 'last']);
      }),
    );
  });

  describe(`${name}: settling`, () => {
    test(
      'a received message is out of sight, then comes back with a higher count',
      on(async ({ broker, consumer, queue, elapse }) => {
        await broker.send(queue, { body: 'x' });

        const [first] = await receiveSoon(consumer, queue);
        const meanwhile = await receive(consumer, queue);
        await elapse(2.5);
        const [second] = await receiveSoon(consumer, queue);

        expect(meanwhile).toEqual([]);
        expect(second).toMatchObject({ messageId: first?.messageId, body: 'x', receiveCount: 2 });
        expect(second?.sentAt).toBe(first?.sentAt);
        expect(second?.receipt).not.toBe(first?.receipt);
      }),
    );

    test(
      'a deleted message does not come back',
      on(async ({ broker, consumer, queue, elapse }) => {
        await broker.send(queue, { body: 'x' });

        await consumer.delete(await receiveOne(consumer, queue));

        await elapse(2.5);
        expect(await receive(consumer, queue)).toEqual([]);
      }),
    );

    test(
      'deleting twice says nothing',
      on(async ({ broker, consumer, queue }) => {
        await broker.send(queue, { body: 'x' });
        const delivery = await receiveOne(consumer, queue);

        await consumer.delete(delivery);

        await expect(consumer.delete(delivery)).resolves.toBeUndefined();
      }),
    );

    test(
      'deleting by an old receipt says nothing, when the message was received again since',
      on(async ({ broker, consumer, queue }) => {
        await broker.send(queue, { body: 'x' });
        const old = await receiveOne(consumer, queue);
        await consumer.changeVisibility(old, 0);
        await receiveOne(consumer, queue);

        await expect(consumer.delete(old)).resolves.toBeUndefined();
      }),
    );

    test(
      'a message given back for no time is there at once, for a time after it',
      on(async ({ broker, consumer, queue, elapse }) => {
        await broker.send(queue, { body: 'x' });

        await consumer.changeVisibility(await receiveOne(consumer, queue), 0);
        const again = await receiveOne(consumer, queue);
        await consumer.changeVisibility(again, 4);
        await elapse(2.5);
        const early = await receive(consumer, queue);

        expect(again.receiveCount).toBe(2);
        expect(early).toEqual([]);
      }),
    );

    test(
      'a message that is no longer held cannot be given back',
      on(async ({ broker, consumer, queue }) => {
        await broker.send(queue, { body: 'x' });
        const delivery = await receiveOne(consumer, queue);
        await consumer.delete(delivery);

        await expect(consumer.changeVisibility(delivery, 1)).rejects.toThrow(OperationalError);
      }),
    );

    test(
      'a message received too often moves to the dead-letter queue, unchanged',
      on(async ({ broker, consumer, queue }) => {
        const message = { body: 'poison', attributes: { who: 'me' } };
        await broker.send(queue, message);
        const first = await receiveOne(consumer, queue);
        await consumer.changeVisibility(first, 0);
        await consumer.changeVisibility(await receiveOne(consumer, queue), 0);

        const third = await receive(consumer, queue);

        const dead = broker.deadLetterQueue(queue) ?? '';
        const letter = await receiveOne(consumer, dead);
        expect(third).toEqual([]);
        expect(letter).toMatchObject({ ...message, messageId: first.messageId, queue: dead });
      }),
    );

    test(
      'a dead-letter queue takes messages by its name',
      on(async ({ broker, consumer, queue }) => {
        const dead = broker.deadLetterQueue(queue) ?? '';

        await broker.send(dead, { body: 'letter' });

        expect(bodies(await receiveSoon(consumer, dead))).toEqual(['letter']);
      }),
    );
  });

  describe(`${name}: waiting`, () => {
    test(
      'a wait ends with the first message',
      on(async ({ broker, consumer, queue }) => {
        const waiting = consumer.receive(queue, { max: 10, waitSeconds: 20 });

        await broker.send(queue, { body: 'x' });

        expect(bodies(await waiting)).toEqual(['x']);
      }),
    );

    test(
      'a wait ends when a delayed message becomes visible',
      on(async ({ broker, consumer, queue, elapse }) => {
        await broker.send(queue, { body: 'x', delaySeconds: 1 });

        const waiting = consumer.receive(queue, { max: 10, waitSeconds: 20 });
        await elapse(1);

        expect(bodies(await waiting)).toEqual(['x']);
      }),
    );

    test(
      'a wait for nothing ends after its time',
      on(async ({ consumer, queue, elapse }) => {
        const waiting = consumer.receive(queue, { max: 10, waitSeconds: 1 });

        await elapse(1);

        expect(await waiting).toEqual([]);
      }),
    );

    test(
      'a signal ends a wait, and one that has come already allows none',
      on(async ({ consumer, queue }) => {
        const end = new AbortController();
        const waiting = consumer.receive(queue, { max: 10, waitSeconds: 20, signal: end.signal });

        end.abort();

        expect(await waiting).toEqual([]);
        const options = { max: 10, waitSeconds: 20, signal: end.signal };
        expect(await consumer.receive(queue, options)).toEqual([]);
      }),
    );
  });

  describe(`${name}: FIFO queues`, () => {
    test(
      'messages of one group arrive in order',
      on(async ({ broker, consumer, fifoQueue }) => {
        const messages = numbered(12).map((message) => ({ ...message, groupId: 'g' }));

        await broker.sendBatch(fifoQueue, messages);

        const received: Delivery[] = [];
        while (received.length < 12) {
          const deliveries = await consumer.receive(fifoQueue, { max: 10, waitSeconds: 2 });
          if (deliveries.length === 0) break;
          for (const delivery of deliveries) await consumer.delete(delivery);
          received.push(...deliveries);
        }
        expect(bodies(received)).toEqual(messages.map(({ body }) => body));
        expect(received.every(({ groupId }) => groupId === 'g')).toBe(true);
      }),
    );

    test(
      'a message in flight holds back its group and no other',
      on(async ({ broker, consumer, fifoQueue }) => {
        await broker.send(fifoQueue, { body: 'a1', groupId: 'a' });
        await broker.send(fifoQueue, { body: 'a2', groupId: 'a' });
        const [a1] = await consumer.receive(fifoQueue, { max: 1, waitSeconds: 2 });
        await broker.send(fifoQueue, { body: 'b1', groupId: 'b' });

        const meanwhile = await consumer.receive(fifoQueue, { max: 10, waitSeconds: 0 });
        if (a1) await consumer.delete(a1);
        const after = await consumer.receive(fifoQueue, { max: 10, waitSeconds: 0 });

        expect(a1?.body).toBe('a1');
        expect(bodies(meanwhile)).toEqual(['b1']);
        expect(bodies(after)).toEqual(['a2']);
      }),
    );

    test(
      'a message given back comes before the later ones of its group',
      on(async ({ broker, consumer, fifoQueue }) => {
        await broker.send(fifoQueue, { body: 'a1', groupId: 'a' });
        await broker.send(fifoQueue, { body: 'a2', groupId: 'a' });
        const first = await consumer.receive(fifoQueue, { max: 1, waitSeconds: 2 });

        for (const delivery of first) await consumer.changeVisibility(delivery, 0);

        const again = await consumer.receive(fifoQueue, { max: 10, waitSeconds: 0 });
        expect(bodies(again)).toEqual(['a1', 'a2']);
      }),
    );

    test(
      'a deduplication id is taken once',
      on(async ({ broker, consumer, fifoQueue }) => {
        await broker.send(fifoQueue, { body: 'x', deduplicationId: 'same' });
        await broker.send(fifoQueue, { body: 'x', deduplicationId: 'same' });
        await broker.send(fifoQueue, { body: 'y', deduplicationId: 'other' });

        expect(bodies(await receiveSoon(consumer, fifoQueue))).toEqual(['x', 'y']);
      }),
    );

    test(
      'equal messages without a deduplication id are two messages, in one group',
      on(async ({ broker, consumer, fifoQueue }) => {
        await broker.send(fifoQueue, { body: 'x' });
        await broker.send(fifoQueue, { body: 'x' });

        const deliveries = await receiveSoon(consumer, fifoQueue);

        expect(deliveries.map(({ groupId }) => groupId)).toEqual(['default', 'default']);
      }),
    );

    test(
      'a delay of one message is refused, none at all is none',
      on(async ({ broker, consumer, fifoQueue }) => {
        await expect(broker.send(fifoQueue, { body: 'x', delaySeconds: 5 })).rejects.toThrow(
          OperationalError,
        );

        await broker.send(fifoQueue, { body: 'y', delaySeconds: 0 });

        expect(bodies(await receiveSoon(consumer, fifoQueue))).toEqual(['y']);
      }),
    );
  });
}

/** What must be there about now: engines look at the time once a second. */
function receiveSoon(consumer: QueueConsumer, queue: string): Promise<readonly Delivery[]> {
  return consumer.receive(queue, { max: 10, waitSeconds: 3 });
}

/** What is there now. */
function receive(consumer: QueueConsumer, queue: string): Promise<readonly Delivery[]> {
  return consumer.receive(queue, { max: 10, waitSeconds: 0 });
}

async function receiveOne(consumer: QueueConsumer, queue: string): Promise<Delivery> {
  const [delivery, ...others] = await receiveSoon(consumer, queue);
  if (!delivery || others.length > 0) {
    throw new Error(
      `Expected one message in queue '${queue}', found ${others.length + (delivery ? 1 : 0)}`,
    );
  }
  return delivery;
}

async function receiveAll(
  consumer: QueueConsumer,
  queue: string,
  count: number,
): Promise<Delivery[]> {
  const received: Delivery[] = [];
  for (let round = 0; round < count && received.length < count; round++) {
    received.push(...(await receiveSoon(consumer, queue)));
  }
  return received;
}

function bodies(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ body }) => body);
}

function numbered(count: number): { readonly body: string }[] {
  return Array.from({ length: count }, (_, index) => ({ body: `message ${index}` }));
}

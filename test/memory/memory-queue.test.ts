import { describe, expect, test } from 'vitest';
import { OperationalError } from '../../lib/errors.ts';
import { MemoryEngine, type QueueOptions } from '../../lib/memory/index.ts';
import type { Delivery } from '../../lib/ports/index.ts';
import { ManualClock } from '../../lib/testing/manual-clock.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';

const minutes = 60_000;
const start = Date.UTC(2026, 0, 1);

function anEngine(queues: Record<string, QueueOptions> = {}) {
  const clock = new ManualClock(start);
  const engine = new MemoryEngine({ clock, random: new SeededRandom(7), queues });
  const { broker, consumer } = engine.adapters();
  return {
    clock,
    engine,
    broker,
    consumer,
    pass: (ms: number) => clock.advanceTo(clock.now() + ms),
    receive: (queue: string) => consumer.receive(queue, { max: 10, waitSeconds: 0 }),
  };
}

function only(deliveries: readonly Delivery[]): Delivery {
  const [delivery] = deliveries;
  if (!delivery) throw new Error('Expected a delivery');
  return delivery;
}

describe('visibility', () => {
  test('a message is invisible for exactly its timeout', async () => {
    const { broker, receive, pass } = anEngine({ mail: { visibilityTimeoutSeconds: 30 } });
    await broker.send('mail', { body: 'x' });
    await receive('mail');

    await pass(29_999);
    const before = await receive('mail');
    await pass(1);
    const after = await receive('mail');

    expect(before).toEqual([]);
    expect(only(after).receiveCount).toBe(2);
  });

  test('by default a message is invisible for half an hour, as in a queue that kombu makes', async () => {
    const { broker, receive, pass } = anEngine();
    await broker.send('mail', { body: 'x' });
    await receive('mail');

    await pass(30 * minutes - 1);
    expect(await receive('mail')).toEqual([]);
    await pass(1);
    expect(await receive('mail')).toHaveLength(1);
  });

  test('an old receipt deletes nothing once the message was received again', async () => {
    const { broker, consumer, receive, engine } = anEngine();
    await broker.send('mail', { body: 'x' });
    const old = only(await receive('mail'));
    await consumer.changeVisibility(old, 0);
    await receive('mail');

    await consumer.delete(old);

    expect(engine.messages('mail')).toHaveLength(1);
  });

  test('a receipt still deletes after its timeout when nobody has received the message since', async () => {
    const { broker, consumer, receive, engine, pass } = anEngine();
    await broker.send('mail', { body: 'x' });
    const late = only(await receive('mail'));
    await pass(60 * minutes);

    await consumer.delete(late);

    expect(engine.messages('mail')).toEqual([]);
  });

  test('a FIFO queue refuses the receipt then, and keeps the message', async () => {
    const { broker, consumer, receive, engine, pass } = anEngine();
    await broker.send('orders.fifo', { body: 'x' });
    const late = only(await receive('orders.fifo'));
    await pass(60 * minutes);

    await expect(consumer.delete(late)).rejects.toThrow(/receipt handle has expired/);
    expect(engine.messages('orders.fifo')).toHaveLength(1);
  });

  test('a message whose timeout is over cannot be given back', async () => {
    const { broker, consumer, receive, pass } = anEngine();
    await broker.send('mail', { body: 'x' });
    const late = only(await receive('mail'));
    await pass(60 * minutes);

    await expect(consumer.changeVisibility(late, 5)).rejects.toThrow(/MessageNotInflight/);
  });

  test.for([-1, 43_201, 1.5, Number.NaN])(
    'giving back for %s seconds is refused',
    async (seconds) => {
      const { broker, consumer, receive } = anEngine();
      await broker.send('mail', { body: 'x' });
      const delivery = only(await receive('mail'));

      await expect(consumer.changeVisibility(delivery, seconds)).rejects.toThrow(OperationalError);
    },
  );

  test('a message stays invisible for twelve hours at most, counted from its receipt', async () => {
    const { broker, consumer, receive, pass } = anEngine();
    await broker.send('mail', { body: 'x' });
    const delivery = only(await receive('mail'));
    await pass(20 * minutes);

    await expect(consumer.changeVisibility(delivery, 43_200)).rejects.toThrow(/12 hours/);
    await consumer.changeVisibility(delivery, 43_200 - 20 * 60);
  });
});

describe('redrive', () => {
  test('a message moves after its allowed receives with everything but its count', async () => {
    const { broker, consumer, engine, receive, pass } = anEngine({ mail: { maxReceiveCount: 2 } });
    await broker.send('mail', { body: 'x', attributes: { a: 'b' } });
    for (const _ of [1, 2]) await consumer.changeVisibility(only(await receive('mail')), 0);
    await pass(5 * minutes);

    expect(await receive('mail')).toEqual([]);
    expect(engine.messages('mail')).toEqual([]);
    expect(engine.deadLetters('mail')).toMatchObject([
      { body: 'x', attributes: { a: 'b' }, sentAt: start, receiveCount: 0, state: 'ready' },
    ]);
  });

  test('a queue without a dead-letter queue delivers for ever', async () => {
    const options = { maxReceiveCount: 1, deadLetterQueue: null };
    const { broker, consumer, receive } = anEngine({ mail: options });
    await broker.send('mail', { body: 'x' });

    for (const count of [1, 2, 3]) {
      const delivery = only(await receive('mail'));
      expect(delivery.receiveCount).toBe(count);
      await consumer.changeVisibility(delivery, 0);
    }
    expect(broker.deadLetterQueue('mail')).toBeUndefined();
  });

  test('the rest of its FIFO group goes on without a message that moved', async () => {
    const { broker, consumer, engine, receive } = anEngine({ 'o.fifo': { maxReceiveCount: 1 } });
    await broker.send('o.fifo', { body: 'poison', groupId: 'g' });
    await consumer.changeVisibility(only(await receive('o.fifo')), 0);
    await broker.send('o.fifo', { body: 'innocent', groupId: 'g' });

    expect(only(await receive('o.fifo')).body).toBe('innocent');
    expect(engine.deadLetters('o.fifo')).toMatchObject([{ body: 'poison', groupId: 'g' }]);
  });

  test('whoever waits at the dead-letter queue gets the letter', async () => {
    const { broker, consumer, receive } = anEngine({ mail: { maxReceiveCount: 1 } });
    await broker.send('mail', { body: 'poison' });
    await consumer.changeVisibility(only(await receive('mail')), 0);
    const waiting = consumer.receive('mail-dead', { max: 1, waitSeconds: 20 });

    await receive('mail');

    expect(only(await waiting).body).toBe('poison');
  });
});

describe('FIFO', () => {
  test('a deduplication id is free again after five minutes, not before', async () => {
    const { broker, engine, pass } = anEngine();
    const message = { body: 'x', deduplicationId: 'same' };
    await broker.send('orders.fifo', message);

    await pass(5 * minutes - 1);
    await broker.send('orders.fifo', message);
    expect(engine.messages('orders.fifo')).toHaveLength(1);

    await pass(1);
    await broker.send('orders.fifo', message);
    expect(engine.messages('orders.fifo')).toHaveLength(2);
  });

  test('a deduplication id stays taken though the message is gone', async () => {
    const { broker, consumer, engine, receive } = anEngine();
    const message = { body: 'x', deduplicationId: 'same' };
    await broker.send('orders.fifo', message);
    await consumer.delete(only(await receive('orders.fifo')));

    await broker.send('orders.fifo', message);

    expect(engine.messages('orders.fifo')).toEqual([]);
  });

  test('a group waits for all of its messages in flight, those given back with a delay too', async () => {
    const { broker, consumer, receive, pass } = anEngine();
    for (const body of ['1', '2', '3']) await broker.send('o.fifo', { body, groupId: 'g' });
    const held = await consumer.receive('o.fifo', { max: 2, waitSeconds: 0 });
    await consumer.changeVisibility(only(held), 0);
    const second = held[1] as Delivery;

    expect(await receive('o.fifo')).toEqual([]);
    await consumer.changeVisibility(second, 60);
    expect(await receive('o.fifo')).toEqual([]);
    await pass(60_000);
    expect((await receive('o.fifo')).map(({ body }) => body)).toEqual(['1', '2', '3']);
  });
});

describe('what lies in a queue', () => {
  test('is told with its state', async () => {
    const { broker, engine, consumer } = anEngine();
    await broker.send('mail', { body: 'held' });
    await consumer.receive('mail', { max: 1, waitSeconds: 0 });
    await broker.send('mail', { body: 'ready' });
    await broker.send('mail', { body: 'delayed', delaySeconds: 60 });

    expect(engine.messages('mail').map(({ body, state }) => [body, state])).toEqual([
      ['held', 'inFlight'],
      ['ready', 'ready'],
      ['delayed', 'delayed'],
    ]);
  });

  test('is gone after the retention period', async () => {
    const { broker, engine, pass } = anEngine({ mail: { retentionSeconds: 60 } });
    await broker.send('mail', { body: 'x' });

    await pass(59_999);
    expect(engine.messages('mail')).toHaveLength(1);
    await pass(1);
    expect(engine.messages('mail')).toEqual([]);
  });

  test('is not changed by who sent it', async () => {
    const { broker, receive } = anEngine();
    const attributes = { a: 'sent' };
    await broker.send('mail', { body: 'x', attributes });

    attributes.a = 'changed';

    expect(only(await receive('mail')).attributes).toEqual({ a: 'sent' });
  });
});

describe('waiting', () => {
  test('time that passes in steps wakes a wait at the moment a message becomes visible', async () => {
    const { clock, broker, consumer } = anEngine();
    await broker.send('mail', { body: 'x', delaySeconds: 12 });
    let wokenAt = 0;
    const waiting = consumer.receive('mail', { max: 1, waitSeconds: 20 }).then((deliveries) => {
      wokenAt = clock.now();
      return deliveries;
    });

    await clock.advanceTo(start + 20_000);

    expect(await waiting).toHaveLength(1);
    expect(wokenAt).toBe(start + 12_000);
  });

  test('a deleted message sets its FIFO group free for who waits', async () => {
    const { broker, consumer, receive } = anEngine();
    await broker.send('o.fifo', { body: 'first' });
    const first = only(await receive('o.fifo'));
    await broker.send('o.fifo', { body: 'second' });
    const waiting = consumer.receive('o.fifo', { max: 1, waitSeconds: 20 });

    await consumer.delete(first);

    expect(only(await waiting).body).toBe('second');
  });

  test('one message wakes many and goes to one', async () => {
    const { clock, broker, consumer } = anEngine();
    const waits = [1, 2, 3].map(() => consumer.receive('mail', { max: 1, waitSeconds: 20 }));

    await broker.send('mail', { body: 'x' });
    await clock.advanceTo(start + 20_000);

    expect((await Promise.all(waits)).flat()).toHaveLength(1);
  });

  test('a wait that ended leaves no timer behind', async () => {
    const { clock, broker, consumer } = anEngine();
    const waiting = consumer.receive('mail', { max: 1, waitSeconds: 20 });
    await broker.send('mail', { body: 'x' });
    await waiting;

    expect(clock.nextTimer()).toBeUndefined();
  });

  test.for([
    { max: 0, waitSeconds: 0 },
    { max: 11, waitSeconds: 0 },
    { max: 1, waitSeconds: 21 },
    { max: 1, waitSeconds: -1 },
  ])('%o is refused', async (options) => {
    const { consumer } = anEngine();

    await expect(consumer.receive('mail', options)).rejects.toThrow(/InvalidParameterValue/);
  });
});

import { ImproperlyConfigured } from '../../errors.ts';
import type { Delivery, Fanout, QueueConsumer } from '../../ports/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** A fanout exchange for one test, and a consumer of its queues. */
export interface FanoutFixture extends Fixture {
  readonly fanout: Fanout;
  readonly consumer: QueueConsumer;
  /** An exchange with two queues bound to it. */
  readonly exchange: string;
  readonly queues: readonly [string, string];
  /** A queue that is bound to nothing. */
  readonly unbound: string;
}

/**
 * The contract of `Fanout` as a suite of vitest. An adapter is finished when it is green.
 *
 * @example await describeFanout('my topics', async () => ({ fanout, consumer, exchange, queues, unbound, close }));
 */
export async function describeFanout(
  name: string,
  create: () => Promise<FanoutFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);

  describe(`${name}: fanout exchanges`, () => {
    test(
      'give every bound queue the message as it was sent, and no other',
      on(async ({ fanout, consumer, exchange, queues, unbound }) => {
        const message = {
          body: 'tab\t line\n ünïcode 🥬 "quotes"',
          attributes: { reason: 'grün' },
        };

        await fanout.publish(exchange, message);

        for (const queue of queues) {
          expect(await receiveSoon(consumer, queue)).toMatchObject({ ...message, queue });
        }
        expect(await consumer.receive(unbound, { max: 10, waitSeconds: 0 })).toEqual([]);
      }),
    );

    test(
      'give copies that are settled one by one',
      on(async ({ fanout, consumer, exchange, queues: [one, other] }) => {
        await fanout.publish(exchange, { body: 'copy' });

        const delivery = await receiveSoon(consumer, one);
        await consumer.delete(delivery);

        expect((await receiveSoon(consumer, other)).body).toBe('copy');
      }),
    );

    test(
      'delay nothing: whoever receives it waits',
      on(async ({ fanout, consumer, exchange, queues: [queue] }) => {
        await fanout.publish(exchange, { body: 'early', delaySeconds: 900 });

        expect((await receiveSoon(consumer, queue)).body).toBe('early');
      }),
    );

    test(
      'name themselves, and an unknown one is refused with the nearest',
      on(async ({ fanout, consumer, exchange, queues: [queue] }) => {
        const unknown = `${exchange}s`;

        expect(fanout.exchanges()).toEqual([exchange]);
        const publishing = fanout.publish(unknown, { body: 'x' });
        await expect(publishing).rejects.toThrow(ImproperlyConfigured);
        await expect(publishing).rejects.toThrow(
          `no fanout exchange '${unknown}'; the nearest known one is '${exchange}'`,
        );
        expect(await consumer.receive(queue, { max: 10, waitSeconds: 0 })).toEqual([]);
      }),
    );
  });
}

/** The engine may take a moment to hand out copies. */
async function receiveSoon(consumer: QueueConsumer, queue: string): Promise<Delivery> {
  const [delivery] = await consumer.receive(queue, { max: 1, waitSeconds: 10 });
  if (!delivery) throw new Error(`Nothing arrived in ${queue}`);
  return delivery;
}

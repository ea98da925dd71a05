import { randomUUID } from 'node:crypto';
import type { ParkedMessage, QueueConsumer, Schedules } from '../../ports/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** Schedules for one test, the queues they send to, and a clock that can be moved, or waited for. */
export interface SchedulesFixture extends Fixture {
  readonly schedules: Schedules;
  readonly consumer: QueueConsumer;
  /** A standard queue. */
  readonly queue: string;
  readonly fifoQueue: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Lets time pass until a schedule due in `seconds` has certainly fired. */
  elapse(seconds: number): Promise<void>;
}

/**
 * The contract of `Schedules` as a suite of vitest. An adapter is finished when it is green.
 *
 * @example await describeSchedules('my schedules', async () => ({ schedules, consumer, queue, fifoQueue, now, elapse, close }));
 */
export async function describeSchedules(
  name: string,
  create: () => Promise<SchedulesFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);

  describe(`${name}: parked messages`, () => {
    test(
      'are found by their task, and no others with them',
      on(async ({ schedules, queue, now }) => {
        const message = aMessage(now, { queue });
        await schedules.create(message);
        await schedules.create(aMessage(now, { queue }));

        const found = await schedules.find(message.taskId);

        expect(found).toEqual([
          expect.objectContaining({ queue, body: message.body, name: expect.any(String) }),
        ]);
        expect(await schedules.find(randomUUID())).toEqual([]);
      }),
    );

    test(
      'that are copies of one task are parked each, and found together',
      on(async ({ schedules, queue, now }) => {
        const message = aMessage(now, { queue });
        const copies = ['news', 'archive'].map((copy) => ({ ...message, copy }));

        const outcomes = [];
        for (const copy of [...copies, ...copies]) outcomes.push(await schedules.create(copy));

        expect(outcomes.map(({ created }) => created)).toEqual([true, true, false, false]);
        expect(await schedules.find(message.taskId)).toHaveLength(2);
      }),
    );

    test(
      'of a FIFO queue keep their group',
      on(async ({ schedules, fifoQueue, now }) => {
        const message = aMessage(now, { queue: fifoQueue, groupId: 'customer-1' });
        await schedules.create(message);

        const [found] = await schedules.find(message.taskId);

        expect(found).toMatchObject({ queue: fifoQueue, groupId: 'customer-1' });
      }),
    );

    test(
      'are parked once: a copy is told what stands there',
      on(async ({ schedules, queue, now }) => {
        const message = aMessage(now, { queue });

        const first = await schedules.create(message);
        const again = await schedules.create({ ...message, body: 'Y29weQ==' });

        expect(first).toEqual({ created: true });
        expect(again).toEqual({ created: false, fireAt: message.fireAt });
        expect(await schedules.find(message.taskId)).toMatchObject([{ body: message.body }]);
      }),
    );

    test.for([
      ['attempt', { attempt: 1 }, 0],
      ['life', { generation: 1 }, 0],
      ['minute', {}, 60_000],
    ] as const)('another %s is another wait', ([, difference, later]) =>
      on(async ({ schedules, queue, now }) => {
        const message = aMessage(now, { queue });
        await schedules.create(message);

        const other = { ...message, ...difference, fireAt: message.fireAt + later };

        expect(await schedules.create(other)).toEqual({ created: true });
        expect(await schedules.find(message.taskId)).toHaveLength(2);
      })(),
    );

    test(
      'may be taken back, also twice',
      on(async ({ schedules, queue, now }) => {
        const message = aMessage(now, { queue });
        await schedules.create(message);
        const [found] = await schedules.find(message.taskId);

        await schedules.delete(found?.name ?? '');
        await schedules.delete(found?.name ?? '');

        expect(await schedules.find(message.taskId)).toEqual([]);
      }),
    );

    test(
      'come to their queue at their time, as they were',
      on(async ({ schedules, consumer, queue, now, elapse }) => {
        const text = '{"argument": "<aws.scheduler.schedule-arn>"}';
        const body = Buffer.from(text).toString('base64');
        const message = aMessage(now, { queue, body, fireAt: inSeconds(now, 3) });
        await schedules.create(message);
        const early = await consumer.receive(queue, { max: 1, waitSeconds: 0 });

        await elapse(3);
        const [delivery] = await consumer.receive(queue, { max: 10, waitSeconds: 5 });

        expect(early).toEqual([]);
        expect(Buffer.from(delivery?.body ?? '', 'base64').toString()).toBe(text);
      }),
    );

    test(
      'come to their group of a FIFO queue',
      on(async ({ schedules, consumer, fifoQueue, now, elapse }) => {
        const fireAt = inSeconds(now, 1);
        await schedules.create(aMessage(now, { queue: fifoQueue, groupId: 'a', fireAt }));

        await elapse(1);
        const [delivery] = await consumer.receive(fifoQueue, { max: 1, waitSeconds: 5 });

        expect(delivery?.groupId).toBe('a');
      }),
    );

    test(
      'for a queue nobody knows are refused',
      on(async ({ schedules, now }) => {
        await expect(
          schedules.create(aMessage(now, { queue: 'nobody-knows' })),
        ).rejects.toMatchObject({ name: 'QueueNotFound' });
      }),
    );
  });
}

function aMessage(
  now: () => number,
  fields: Partial<ParkedMessage> & Pick<ParkedMessage, 'queue'>,
): ParkedMessage {
  return {
    taskId: randomUUID(),
    attempt: 0,
    generation: 0,
    fireAt: inSeconds(now, 86_400),
    body: 'e30=',
    ...fields,
  };
}

function inSeconds(now: () => number, seconds: number): number {
  return Math.ceil(now() / 1000 + seconds) * 1000;
}

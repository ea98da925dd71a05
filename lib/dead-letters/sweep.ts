import type { Clock, Delivery, Logger, QueueConsumer } from '../ports/index.ts';

/** What a sweep works with. */
export interface SweepTools {
  readonly consumer: QueueConsumer;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where a sweep goes, and how far. */
export interface SweepPlan {
  readonly queue: string;
  readonly waitSeconds: number;
  readonly limit: number;
  /** Ends the sweep after the ten in hand. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes every message of a queue in hand once, ten at a time, until there are no more, and gives back those that `act`
 * keeps. Messages that were sent after the sweep began are left alone, so that letters which die again at once do not
 * keep it going for ever.
 *
 * @throws what `act` throws, after the ten have been seen to
 */
export async function sweep(
  { consumer, clock, logger }: SweepTools,
  { queue, waitSeconds, limit, signal }: SweepPlan,
  act: (delivery: Delivery) => Promise<'gone' | 'keep'>,
): Promise<void> {
  const startedAt = clock.now();
  const seen = new Set<string>();
  const held = new Map<string, Delivery>();
  try {
    while (seen.size < limit && !signal?.aborted) {
      const max = Math.min(10, limit - seen.size);
      const deliveries = await consumer.receive(queue, { max, waitSeconds, signal });
      for (const delivery of deliveries) held.set(delivery.messageId, delivery);
      const fresh = deliveries.filter(({ messageId }) => !seen.has(messageId));
      if (fresh.length === 0) return;
      for (const { messageId } of fresh) seen.add(messageId);
      const outcomes = await Promise.allSettled(
        fresh.map(async (delivery) => {
          if (delivery.sentAt > startedAt) return;
          if ((await act(delivery)) === 'gone') held.delete(delivery.messageId);
        }),
      );
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    }
  } finally {
    await giveBack(consumer, logger, [...held.values()]);
  }
}

async function giveBack(
  consumer: QueueConsumer,
  logger: Logger,
  deliveries: readonly Delivery[],
): Promise<void> {
  await Promise.all(
    deliveries.map(async (delivery) => {
      try {
        await consumer.changeVisibility(delivery, 0);
      } catch (error) {
        const { messageId, queue } = delivery;
        logger.warn('A letter waits for its visibility timeout before it is seen again', {
          messageId,
          queue,
          error,
        });
      }
    }),
  );
}

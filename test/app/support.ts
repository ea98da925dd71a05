import { Celery, type CeleryOptions } from '../../lib/index.ts';
import { MemoryEngine } from '../../lib/memory/index.ts';
import type { QueuedMessage } from '../../lib/memory/memory-queue.ts';
import type { TaskMessage } from '../../lib/protocol/index.ts';
import { decodeEnvelope, decodeTaskMessage } from '../../lib/protocol/index.ts';
import { decodeBody } from '../../lib/serializers/index.ts';
import { ManualClock } from '../../lib/testing/manual-clock.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';

/** An app on an in-process engine that nobody works for: what is sent stays in its queues. */
export function anApp(options: CeleryOptions = {}): AppOnShelf {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const random = new SeededRandom(1);
  const engine = new MemoryEngine({
    clock,
    random,
    queues: { celery: {}, mail: {}, 'orders.fifo': {} },
    createMissingQueues: false,
  });
  const app = new Celery('shop', { clock, random, ...options });
  app.useAdapters(engine.adapters());
  return {
    app,
    clock,
    engine,
    queued: (queue = 'celery') => engine.messages(queue),
    sent: (queue = 'celery') => engine.messages(queue).map(({ body }) => decode(body)),
  };
}

export interface AppOnShelf {
  readonly app: Celery;
  readonly clock: ManualClock;
  readonly engine: MemoryEngine;
  /** Messages as they lie in a queue. */
  queued(queue?: string): readonly QueuedMessage[];
  /** Messages as workers read them. */
  sent(queue?: string): readonly TaskMessage[];
}

export function decode(body: string): TaskMessage {
  const envelope = decodeEnvelope(body);
  return decodeTaskMessage(envelope, decodeBody(envelope, ['json']));
}

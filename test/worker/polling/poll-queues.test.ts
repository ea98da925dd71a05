import { describe, expect, test } from 'vitest';
import { type AsyncResult, Celery, silentLogger } from '../../../lib/index.ts';
import { MemoryEngine } from '../../../lib/memory/index.ts';
import { type Delivery, systemClock, systemRandom } from '../../../lib/ports/index.ts';
import { createWorker, type PollOptions, pollQueues } from '../../../lib/worker/index.ts';

function aPoller() {
  const engine = new MemoryEngine({ clock: systemClock, random: systemRandom });
  const app = new Celery('test', { logger: silentLogger });
  app.useAdapters(engine.adapters());
  const ending = new AbortController();
  const start = (options: Partial<PollOptions> = {}) =>
    pollQueues(createWorker(app, engine.adapters(), options), {
      queues: ['celery'],
      signal: ending.signal,
      ...options,
    });
  return { app, engine, start, end: () => ending.abort() };
}

describe('pollQueues', () => {
  test('a task that hangs takes its own place and no more', async () => {
    const { app, start, end } = aPoller();
    let letGo: () => void = () => {};
    const hang = app.task(
      'hang',
      () =>
        new Promise<void>((resolve) => {
          letGo = resolve;
        }),
    );
    const quick = app.task('quick', (n: number) => n);
    await hang.delay();
    const polling = start();

    const values = await Promise.all(
      [1, 2, 3].map(async (n) => (await quick.delay(n)).get({ timeout: 5 })),
    );
    letGo();
    end();
    await polling;

    expect(values).toEqual([1, 2, 3]);
  });

  test('a task may wait for its child in the same process', async () => {
    const { app, start, end } = aPoller();
    const child = app.task('child', () => 'done');
    const parent = app.task('parent', async () =>
      (await child.delay()).get({ timeout: 5, disableSyncSubtasks: false }),
    );
    const polling = start();

    const value = await (await parent.delay()).get({ timeout: 5 });
    end();
    await polling;

    expect(value).toBe('done');
  });

  test.for([1, 2, 3])(
    'runs no more than %i at once, whenever and wherever they come from',
    async (concurrency) => {
      const { app, start, end } = aPoller();
      let running = 0;
      const atOnce: number[] = [];
      const slow = app.task('slow', async () => {
        atOnce.push(++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
      });
      const queues = ['celery', 'other', 'orders.fifo'];
      const polling = start({ concurrency, queues });

      const results: AsyncResult[] = [];
      for (let n = 0; n < 30; n++) {
        const queue = queues[n % 3];
        const fifo = queue === 'orders.fifo' ? { messageGroupId: `${n % 4}` } : {};
        results.push(await slow.applyAsync([], { queue, ...fifo }));
        if (n % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 8));
      }
      for (const result of results) await result.get({ timeout: 5 });
      end();
      await polling;

      expect(Math.max(...atOnce)).toBe(concurrency);
      expect(atOnce).toHaveLength(30);
    },
  );

  test('finishes what is in hand before it ends', async () => {
    const { app, engine, start, end } = aPoller();
    let started: () => void = () => {};
    const running = new Promise<void>((resolve) => {
      started = resolve;
    });
    const slow = app.task('slow', async () => {
      started();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 'done';
    });
    const { id } = await slow.delay();
    const polling = start();
    await running;

    end();
    await polling;

    expect(engine.item(id)?.own?.status).toBe('SUCCESS');
    expect(engine.messages('celery')).toEqual([]);
  });

  test('suspects that wait for their turn keep no fresh task from starting, and go back when polling ends', async () => {
    const { app, engine, start, end } = aPoller();
    const turns: (() => void)[] = [];
    const long = app.task('long', () => new Promise<void>((resolve) => turns.push(resolve)));
    const quick = app.task('quick', (n: number) => n);
    for (let n = 0; n < 15; n++) await long.delay();
    await redeliverAll(engine);
    const polling = start();

    const value = await (await quick.delay(7)).get({ timeout: 5 });
    const visible = engine.messages('celery').filter(({ visibleAt }) => visibleAt <= Date.now());
    end();
    turns[0]?.();
    await polling;

    expect(value).toBe(7);
    expect(turns).toHaveLength(1);
    expect(visible).toEqual([]);
    expect(engine.messages('celery')).toHaveLength(14);
  });
});

/** As after the end of a process that had them all in hand. */
async function redeliverAll(engine: MemoryEngine): Promise<void> {
  const { consumer } = engine.adapters();
  const held: Delivery[] = [];
  for (;;) {
    const deliveries = await consumer.receive('celery', { max: 10, waitSeconds: 0 });
    if (deliveries.length === 0) break;
    held.push(...deliveries);
  }
  for (const delivery of held) await consumer.changeVisibility(delivery, 0);
}

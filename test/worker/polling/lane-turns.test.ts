import { describe, expect, test } from 'vitest';
import { Celery, silentLogger } from '../../../lib/index.ts';
import { MemoryEngine } from '../../../lib/memory/index.ts';
import { systemClock, systemRandom } from '../../../lib/ports/index.ts';
import { createWorker, pollQueues } from '../../../lib/worker/index.ts';

function aPoller() {
  const engine = new MemoryEngine({
    clock: systemClock,
    random: systemRandom,
    lanes: { celery: [0, 4, 7] },
  });
  const app = new Celery('test', { logger: silentLogger });
  app.useAdapters(engine.adapters());
  const ending = new AbortController();
  const queues = ['celery', 'celery-p4', 'celery-p7'];
  const polling = () =>
    pollQueues(createWorker(app, engine.adapters()), { queues, signal: ending.signal });
  return { app, polling, end: () => ending.abort() };
}

describe('polling a queue with lanes', () => {
  test('empties the higher ones first', async () => {
    const { app, polling, end } = aPoller();
    const order: number[] = [];
    const work = app.task('work', (priority: number) => {
      order.push(priority);
    });
    const calls = [0, 9].flatMap((priority) =>
      Array.from({ length: 40 }, () => work.signature([priority], { priority })),
    );
    const results = await app.sendBatch(calls);

    const ended = polling();
    for (const result of results) await result.get({ timeout: 10 });
    end();
    await ended;

    const beforeTheLastHigh = order.slice(0, order.lastIndexOf(9));
    expect(order).toHaveLength(80);
    expect(beforeTheLastHigh.filter((priority) => priority === 0).length).toBeLessThanOrEqual(20);
  });

  test('starves none below a lane that never ends', async () => {
    const { app, polling, end } = aPoller();
    let stop = false;
    const endless = app.task('endless', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      if (!stop) await app.sendTask('endless', [], { priority: 9, ignoreResult: true });
    });
    const low = app.task('low', () => 'done');
    for (let i = 0; i < 20; i++) await endless.applyAsync([], { priority: 9, ignoreResult: true });

    const ended = polling();
    const results = await Promise.all([0, 5].map((priority) => low.applyAsync([], { priority })));
    const values = await Promise.all(results.map((result) => result.get({ timeout: 10 })));
    stop = true;
    end();
    await ended;

    expect(values).toEqual(['done', 'done']);
  });

  test('leaves the highest lane places that a backlog below cannot take', async () => {
    const { app, polling, end } = aPoller();
    const letGo: (() => void)[] = [];
    const hang = app.task('hang', () => new Promise<void>((resolve) => letGo.push(resolve)));
    const high = app.task('high', () => 'done');
    await app.sendBatch(Array.from({ length: 30 }, () => hang.s()));

    const ended = polling();
    while (letGo.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const value = await (await high.applyAsync([], { priority: 9 })).get({ timeout: 10 });
    end();
    for (const resolve of letGo) resolve();
    await ended;

    expect(value).toBe('done');
    expect(letGo).toHaveLength(5);
  });
});

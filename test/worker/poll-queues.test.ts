import { describe, expect, test } from 'vitest';
import { Celery, silentLogger } from '../../lib/index.ts';
import { MemoryEngine } from '../../lib/memory/index.ts';
import { systemClock, systemRandom } from '../../lib/ports/index.ts';
import { createWorker, pollQueues } from '../../lib/worker/index.ts';

function aPoller() {
  const engine = new MemoryEngine({ clock: systemClock, random: systemRandom });
  const app = new Celery('test', { logger: silentLogger });
  app.useAdapters(engine.adapters());
  const ending = new AbortController();
  const start = () =>
    pollQueues(createWorker(app, engine.adapters()), { queues: ['celery'], signal: ending.signal });
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
});

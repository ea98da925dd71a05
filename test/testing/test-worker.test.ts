import { describe, expect, test } from 'vitest';
import { Celery, silentLogger } from '../../lib/index.ts';
import { startTestWorker } from '../../lib/testing/index.ts';

function anApp() {
  const app = new Celery('shop', { logger: silentLogger });
  const add = app.task('shop.add', (x: number, y: number) => x + y);
  return { app, add };
}

describe('startTestWorker', () => {
  test('drains what was sent, records it, and has results to read', async () => {
    const { app, add } = anApp();
    const t = await startTestWorker(app);
    const result = await add.delay(2, 3);

    await t.drain();

    expect(t.task(add).calls).toMatchObject([
      { id: result.id, args: [2, 3], status: 'SUCCESS', result: 5 },
    ]);
    expect(await result.get()).toBe(5);
  });

  test('leaves a delayed task alone until the clock has gone so far', async () => {
    const { app, add } = anApp();
    const t = await startTestWorker(app);
    await add.applyAsync([1, 1], { countdown: 3600 });

    await t.advance({ minutes: 59 });
    const early = t.task('shop.add').calls.length;
    await t.advance({ minutes: 1 });

    expect([early, t.task('shop.add').calls.length]).toEqual([0, 1]);
  });

  test('does not wait for ever for what waits for the clock', async () => {
    const { app } = anApp();
    const t = await startTestWorker(app);
    const limited = app.task('shop.limited', { rateLimit: '5/s' }, () => 1);
    for (let i = 0; i < 12; i++) await limited.delay();

    await t.drain();
    const atOnce = t.task(limited).calls.length;
    await t.advance({ seconds: 3 });

    expect([atOnce, t.task(limited).calls.length]).toEqual([5, 12]);
  });

  test('has limits end handlers that never end', async () => {
    const { app } = anApp();
    const t = await startTestWorker(app);
    const stuck = app.task('shop.stuck', { timeLimit: 2 }, () => new Promise(() => {}));
    const asked = app.task('shop.asked', { bind: true, softTimeLimit: 2 }, async (self) => {
      await new Promise((_, reject) => {
        self.signal.addEventListener('abort', () => reject(self.signal.reason));
      });
    });
    const [hard, soft] = [await stuck.delay(), await asked.delay()];

    await t.advance({ seconds: 10 });

    expect(await hard.get({ propagate: false })).toMatchObject({ name: 'TimeLimitExceeded' });
    expect(await soft.get({ propagate: false })).toMatchObject({ name: 'SoftTimeLimitExceeded' });
  });

  test('drains tasks that tasks send', async () => {
    const { app, add } = anApp();
    const parent = app.task('shop.parent', async () => {
      await add.delay(1, 2);
    });
    const t = await startTestWorker(app);
    await parent.delay();

    await t.drain();

    expect(t.task(add).calls).toHaveLength(1);
  });

  test('shows dead letters with their reason', async () => {
    const { app } = anApp();
    const t = await startTestWorker(app);
    await app.sendTask('shop.nobody');

    await t.drain();

    expect(t.deadLetters()).toMatchObject([
      { queue: 'celery', attributes: { reason: 'NotRegistered' } },
    ]);
  });

  test('keeps a task for a year, and brings home one that is revoked meanwhile', async () => {
    const { app, add } = anApp();
    const t = await startTestWorker(app);
    const kept = await add.applyAsync([2, 3], { countdown: 365 * 86_400 });
    const revoked = await add.applyAsync([4, 5], { countdown: 365 * 86_400 });

    await t.advance({ days: 100 });
    await revoked.revoke();
    await t.drain();
    const meanwhile = [await kept.state(), await revoked.state()];
    await t.advance({ days: 265 });

    expect(meanwhile).toEqual(['PENDING', 'REVOKED']);
    expect(t.task(add).calls.map(({ status }) => status)).toEqual(['REVOKED', 'SUCCESS']);
    expect(await kept.get()).toBe(5);
  });

  test('repeats its ids from the same seed', async () => {
    const ids = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        const { app, add } = anApp();
        await startTestWorker(app, { seed });
        return (await add.delay(1, 1)).id;
      }),
    );

    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });
});

describe("engine: 'memory'", () => {
  test('runs tasks in the process that sends them', async () => {
    const app = new Celery('shop', { engine: 'memory', logger: silentLogger });
    const add = app.task('shop.add', (x: number, y: number) => x + y);

    const value = await (await add.delay(2, 3)).get({ timeout: 10 });
    await app.close();

    expect(value).toBe(5);
  });
});

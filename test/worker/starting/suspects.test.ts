import { describe, expect, test } from 'vitest';
import { FunctionHost } from '../function-host.ts';

/** A killer among nine slow innocents, in one batch. */
async function sendBatch(host: FunctionHost, kill: () => unknown) {
  let starts = 0;
  const killer = host.app.task('killer', () => {
    starts++;
    return kill();
  });
  const slow = host.app.task('slow', async (n: number) => {
    await host.sleep(3000);
    return n;
  });
  const innocents = await Promise.all(Array.from({ length: 9 }, (_, n) => slow.delay(n)));
  const { id } = await killer.delay();
  return { id, innocents: innocents.map((result) => result.id), starts: () => starts };
}

describe('a task that never lets its process answer', () => {
  test.for<[string, (host: FunctionHost) => unknown]>([
    ['ends the process', (host) => host.crash()],
    ['hangs', () => new Promise(() => {})],
  ])(
    '%s: nine innocents of its batch succeed, and it fails as WorkerLostError',
    async ([, kill]) => {
      const host = new FunctionHost({ timeoutMs: 10_000, maxAttempts: 3 });
      const { id, innocents, starts } = await sendBatch(host, () => kill(host));

      await host.runUntilEmpty();

      expect(innocents.map((one) => host.document(one)?.status)).toEqual(Array(9).fill('SUCCESS'));
      expect(host.document(id)).toMatchObject({
        status: 'FAILURE',
        result: { exc_type: 'WorkerLostError', exc_module: 'billiard.exceptions' },
      });
      expect(host.letters()).toMatchObject([
        { attributes: { reason: 'WorkerLostError', task_id: id } },
      ]);
      expect(starts()).toBe(4); // once unmarked in a full batch, then maxAttempts marked ones
    },
  );

  test('runs when its letter is sent back after it was mended', async () => {
    const host = new FunctionHost({ maxAttempts: 1 });
    let broken = true;
    const task = host.app.task('mended', () => (broken ? host.crash() : 'well'));
    const { id } = await task.delay();
    await host.runUntilEmpty();
    broken = false;

    const [letter] = host.letters();
    await host.engine.adapters().broker.send('celery', { body: letter?.body ?? '' });
    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'well' });
  });

  test('is condemned again when its letter is sent back and it is no better', async () => {
    const host = new FunctionHost({ maxAttempts: 2 });
    let starts = 0;
    const task = host.app.task('killer', () => {
      starts++;
      return host.crash();
    });
    const { id } = await task.delay();
    await host.runUntilEmpty();
    const firstLife = starts;

    const [letter] = host.letters();
    await host.engine.adapters().broker.send('celery', { body: letter?.body ?? '' });
    await host.runUntilEmpty();

    expect([firstLife, starts]).toEqual([3, 6]);
    expect(host.engine.item(id)?.own).toMatchObject({ status: 'FAILURE', dead: 2 });
  });

  test('is not judged while a start of it may still be running', async () => {
    const host = new FunctionHost({ maxAttempts: 1, timeoutMs: 30_000 });
    const task = host.app.task('hang', () => new Promise(() => {}));
    const { id } = await task.delay();
    const key = { taskId: id, attempt: 0, generation: 0 };
    const deadline = host.clock.now() + 300_000;
    await host.engine.adapters().startMarks.mark(key, {
      token: 'elsewhere',
      deadline,
      limit: 1,
      expiresAt: host.clock.now() / 1000 + 86_400,
    });
    await host.engine.adapters().consumer.receive('celery', { max: 1, waitSeconds: 0 });
    await host.clock.advanceTo(host.clock.now() + 180_000);

    await host.invoke();
    const early = host.document(id);
    await host.runUntilEmpty();

    expect(early).toBeUndefined();
    expect(host.document(id)?.status).toBe('FAILURE');
    expect(host.clock.now()).toBeGreaterThanOrEqual(deadline);
  });
});

describe('an innocent suspect', () => {
  test('received often in an outage of the table is not condemned', async () => {
    const host = new FunctionHost({ maxAttempts: 2 });
    const add = host.app.task('add', (x: number, y: number) => x + y);
    const { id } = await add.delay(1, 2);
    let requests = 0;
    host.fault = (port) =>
      port === 'results' && ++requests < 12 ? new Error('throttled') : undefined;

    await host.runUntilEmpty();

    expect(host.document(id)?.status).toBe('SUCCESS');
    expect(host.letters()).toEqual([]);
  });

  test('whose outcome cannot be stored takes its mark back each time', async () => {
    const host = new FunctionHost({ maxAttempts: 2 });
    const add = host.app.task('add', (x: number, y: number) => x + y);
    const { id } = await add.delay(1, 2);
    let stores = 0;
    host.fault = (_, verb) =>
      verb === 'store' && ++stores < 6 ? new Error('throttled') : undefined;

    await host.runUntilEmpty();

    expect(host.document(id)?.status).toBe('SUCCESS');
  });

  test('whose marks are made but not answered is not condemned for them', async () => {
    const host = new FunctionHost({ maxAttempts: 2 });
    const add = host.app.task('add', (x: number, y: number) => x + y);
    const { id } = await add.delay(1, 2);
    const { startMarks } = host.engine.adapters();
    await host.engine.adapters().consumer.receive('celery', { max: 1, waitSeconds: 0 });
    await host.clock.advanceTo(host.clock.now() + 180_000);
    let marks = 0;
    host.fault = (_, verb) => {
      if (verb !== 'mark' || ++marks > 5) return undefined;
      const key = { taskId: id, attempt: 0, generation: 0 };
      const token = `invocation-${host.invocations}`;
      const deadline = host.clock.now() + 30_000;
      void startMarks.mark(key, { token, deadline, limit: 2, expiresAt: deadline });
      return new Error('the answer was lost');
    };

    await host.runUntilEmpty();

    expect(host.document(id)?.status).toBe('SUCCESS');
  });

  test('cut short because others went before it gets its time in a later batch', async () => {
    const host = new FunctionHost({ timeoutMs: 10_000, maxAttempts: 2 });
    const long = host.app.task('long', async () => {
      await host.sleep(8000);
    });
    const results = await Promise.all(Array.from({ length: 6 }, () => long.delay()));
    await host.engine.adapters().consumer.receive('celery', { max: 10, waitSeconds: 0 });
    await host.clock.advanceTo(host.clock.now() + 60_000);

    await host.runUntilEmpty();

    expect(results.map(({ id }) => host.document(id)?.status)).toEqual(Array(6).fill('SUCCESS'));
  });

  test('whose result is ignored does not run again after a marked start that ended well', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('count', { ignoreResult: true }, () => {
      runs++;
    });
    await task.delay();
    const { consumer } = host.engine.adapters();
    await consumer.receive('celery', { max: 1, waitSeconds: 0 });
    await host.clock.advanceTo(host.clock.now() + 180_000);
    const deliveries = await consumer.receive('celery', { max: 1, waitSeconds: 0 });
    await host.run(deliveries);

    await host.run(deliveries);

    expect(runs).toBe(1);
  });
});

describe('a killer in a queue that is always busy', () => {
  test('is condemned all the same', async () => {
    const host = new FunctionHost({ timeoutMs: 10_000, maxAttempts: 2 });
    const hang = host.app.task('hang', () => new Promise(() => {}));
    const slow = host.app.task('slow', async () => {
      await host.sleep(2000);
    });
    const { id } = await hang.delay();

    for (let i = 0; i < 40 && host.letters().length === 0; i++) {
      await slow.delay();
      await host.invoke();
      await host.clock.advanceTo(host.clock.now() + 1000);
    }
    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'WorkerLostError' },
    });
  });
});

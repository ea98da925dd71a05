import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { currentTask, EncodeError, Ignore, Reject, Retry } from '../../lib/index.ts';
import { anApp } from './support.ts';

class OutOfStock extends Error {}

describe('runEagerly', () => {
  test('runs the task here and now, as a worker would', async () => {
    const { app, sent, clock } = anApp();
    const options = { args: z.tuple([z.coerce.number<string>()]) };
    const task = app.task('shop.t', options, (n) => ({ n, eager: currentTask()?.request.isEager }));

    const result = await task.runEagerly(['5']);

    expect(await result.get()).toEqual({ n: 5, eager: true });
    expect(await result.state()).toBe('SUCCESS');
    expect(await result.dateDone()).toEqual(new Date(clock.now()));
    expect(sent()).toEqual([]);
  });

  test('makes a failure of what the task throws, and keeps the very error', async () => {
    const { app } = anApp();
    const error = new OutOfStock('none left');
    const task = app.task('shop.t', () => {
      throw error;
    });

    const result = await task.runEagerly();

    expect(await result.failed()).toBe(true);
    expect(await result.result()).toBe(error);
    expect(await result.traceback()).toContain('none left');
    await expect(result.get()).rejects.toBe(error);
    expect(await result.get({ propagate: false })).toBe(error);
  });

  test('makes a failure of the Retry of a task that this one called as a plain function', async () => {
    const { app } = anApp();
    let runs = 0;
    const inner = app.task('shop.inner', { bind: true }, (self) => {
      runs++;
      self.retry({ countdown: 60 });
    });
    const outer = app.task('shop.outer', () => inner());

    const result = await outer.runEagerly();

    await expect(result.get()).rejects.toThrow(
      'shop.inner was called as a plain function, not sent, so it cannot be retried by itself',
    );
    expect(runs).toBe(1);
  });

  test('runs a task that throws a Retry of its own making no more often than it may', async () => {
    const { app } = anApp();
    let runs = 0;
    const task = app.task('shop.t', { maxRetries: 2 }, () => {
      runs++;
      throw new Retry(new OutOfStock('none left'), null);
    });

    await expect((await task.runEagerly()).get()).rejects.toThrow(OutOfStock);
    expect(runs).toBe(3);
  });

  test('retries with the headers and the shown name that the call had, but for what changes', async () => {
    const { app } = anApp();
    const requests: unknown[] = [];
    const task = app.task('shop.t', { bind: true }, (self) => {
      const { headers, shadow, retries } = self.request;
      requests.push({ headers, shadow });
      if (retries === 0) self.retry({ headers: undefined, shadow: undefined });
      if (retries === 1) self.retry({ headers: { more: 1 } });
    });

    await task.runEagerly([], { headers: { tenant: 'acme' }, shadow: 'shown' });

    const shadow = 'shown';
    expect(requests).toEqual([
      { headers: { tenant: 'acme' }, shadow },
      { headers: { tenant: 'acme' }, shadow },
      { headers: { tenant: 'acme', more: 1 }, shadow },
    ]);
  });

  test('makes a failure of arguments that its function would not see', async () => {
    const { app } = anApp();
    const add = app.task('shop.add', { bind: true }, (_self, x: number, y: number) => x + y);
    const args: number[] = [1, 2, 3];

    const result = await add.runEagerly(args as [number, number]);

    await expect(result.get()).rejects.toThrow(
      new TypeError('shop.add() takes 2 positional arguments but 3 were given'),
    );
  });

  test('makes a failure of arguments that do not fit', async () => {
    const { app } = anApp();
    const task = app.task('shop.t', { params: ['x'] }, (x: number) => x);

    const result = await task.runEagerly([], { kwargs: { y: 1 } as object });

    await expect(result.get()).rejects.toThrow("unexpected keyword argument 'y'");
  });

  test.for([
    ['Ignore', 'IGNORED', new Ignore('nothing to do')],
    ['Reject', 'REJECTED', new Reject('bad')],
    ['Reject with requeue', 'REJECTED', new Reject('later', { requeue: true })],
  ] as const)(
    'ends a task that throws %s as %s: ready, with neither value nor failure',
    async ([, state, thrown]) => {
      const { app } = anApp();
      const task = app.task('shop.t', () => {
        throw thrown;
      });

      const result = await task.runEagerly();

      expect(await result.state()).toBe(state);
      expect(await result.ready()).toBe(true);
      expect([await result.successful(), await result.failed()]).toEqual([false, false]);
      expect([await result.get(), await result.get({ propagate: false })]).toEqual([null, null]);
      expect(await result.result()).toBe(thrown);
      expect(await result.traceback()).toContain(thrown.message);
    },
  );

  test('has null as the result of a task that returns nothing', async () => {
    const { app } = anApp();
    const task = app.task('shop.t', () => {});

    expect(await (await task.runEagerly()).get()).toBeNull();
  });
});

describe('taskAlwaysEager', () => {
  test('runs delay, signatures and batches in this process', async () => {
    const { app, sent } = anApp({ taskAlwaysEager: true });
    const add = app.task('shop.add', (x: number, y: number) => x + y);

    const results = [
      await add.delay(1, 2),
      await add.s(2).delay(2),
      ...(await app.sendBatch([add.s(3, 2)])),
    ];

    expect(await Promise.all(results.map((result) => result.get()))).toEqual([3, 4, 5]);
    expect(sent()).toEqual([]);
  });

  test('hands over arguments as a message would', async () => {
    const { app } = anApp({ taskAlwaysEager: true });
    const task = app.task('shop.t', (value: { list: number[]; gone?: undefined }) => value);
    const value = { list: [1], gone: undefined };

    const got = await (await task.delay(value)).get();

    expect(got).toStrictEqual({ list: [1] });
    expect(got.list).not.toBe(value.list);
    await expect(task.delay({ list: [Symbol('x') as never] })).rejects.toThrow(EncodeError);
  });

  test('keeps errors in results, or with taskEagerPropagates throws them', async () => {
    const fail = () => {
      throw new OutOfStock('none left');
    };
    const kept = anApp({ taskAlwaysEager: true }).app.task('shop.t', fail);
    const thrown = anApp({ taskAlwaysEager: true, taskEagerPropagates: true }).app.task('t', fail);

    expect(await (await kept.delay()).state()).toBe('FAILURE');
    await expect(thrown.delay()).rejects.toThrow(OutOfStock);
  });

  test('has no error to throw with taskEagerPropagates where a task asked to be ignored', async () => {
    const { app } = anApp({ taskAlwaysEager: true, taskEagerPropagates: true });
    const task = app.task('shop.t', () => {
      throw new Ignore();
    });

    expect(await (await task.delay()).state()).toBe('IGNORED');
  });

  test('sends what this app cannot run, and says so', async () => {
    const warnings: string[] = [];
    const logger = {
      debug() {},
      info() {},
      error() {},
      warn: (text: string) => warnings.push(text),
    };
    const { app, sent } = anApp({ taskAlwaysEager: true, logger });

    await app.sendTask('elsewhere.t');

    expect(sent()).toHaveLength(1);
    expect(warnings).toEqual([
      "taskAlwaysEager: 'elsewhere.t' is no task of this app, so it is sent",
    ]);
  });
});

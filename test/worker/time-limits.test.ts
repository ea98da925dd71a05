import { setTimeout } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { SoftTimeLimitExceeded } from '../../lib/index.ts';
import { encodeTaskMessage, newTaskMessage } from '../../lib/protocol/index.ts';
import { FunctionHost } from './function-host.ts';

describe('a soft time limit', () => {
  test('aborts the signal, and a task that waits on it fails as SoftTimeLimitExceeded', async () => {
    const host = new FunctionHost();
    const task = host.app.task('slow', { bind: true, softTimeLimit: 5 }, async (self) => {
      await new Promise((_, reject) => {
        self.signal.addEventListener('abort', () =>
          reject(new DOMException('aborted', 'AbortError')),
        );
      });
    });
    const { id } = await task.delay();

    await host.invoke();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: {
        exc_type: 'SoftTimeLimitExceeded',
        exc_message: [],
        exc_module: 'billiard.exceptions',
      },
    });
  });

  test.for([
    ['retries a task that names it in autoretryFor', { autoretryFor: [SoftTimeLimitExceeded] }, 2],
    [
      'fails a task that names it in dontAutoretryFor',
      { autoretryFor: [Error], dontAutoretryFor: [SoftTimeLimitExceeded] },
      1,
    ],
  ] as const)('%s, though it waited on the signal', async ([, options, runs]) => {
    const host = new FunctionHost();
    let run = 0;
    const retryKwargs = { countdown: 0, maxRetries: 1 };
    const task = host.app.task(
      'slow',
      { bind: true, softTimeLimit: 5, retryKwargs, ...options },
      async (self) => {
        run++;
        const waiting = setTimeout(3_600_000, undefined, { signal: self.signal });
        await Promise.all([waiting, host.sleep(6000)]);
      },
    );
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(run).toBe(runs);
    expect(host.document(id)?.result).toMatchObject({ exc_type: 'SoftTimeLimitExceeded' });
  });

  test('may be caught to clean up, with all of the library', async () => {
    const host = new FunctionHost();
    const child = host.app.task('child', () => 1);
    const task = host.app.task('slow', { bind: true, softTimeLimit: 5 }, async (self) => {
      await host.sleep(6000);
      await child.delay();
      return self.signal.reason instanceof SoftTimeLimitExceeded;
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: true });
  });
});

describe('a hard time limit', () => {
  test('stores TimeLimitExceeded and abandons the handler, which can do nothing through the library any more', async () => {
    const host = new FunctionHost();
    const late: unknown[] = [];
    const child = host.app.task('child', () => 1);
    const task = host.app.task('slow', { bind: true, timeLimit: 3 }, async (self) => {
      await host.sleep(10_000);
      late.push(await child.delay().catch((error: unknown) => error));
      late.push(await self.updateState({ state: 'LATE' }).catch((error: unknown) => error));
    });
    const { id } = await task.delay();

    await host.invoke();
    await host.clock.advanceTo(host.clock.now() + 20_000);

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: {
        exc_type: 'TimeLimitExceeded',
        exc_message: [3],
        exc_module: 'billiard.exceptions',
      },
      traceback: null,
    });
    expect(late.map((error) => (error as Error).name)).toEqual([
      'TimeLimitExceeded',
      'TimeLimitExceeded',
    ]);
    expect(host.engine.messages('celery')).toEqual([]);
  });

  test('closes every door of the library to the handler that was left', async () => {
    const host = new FunctionHost();
    const { app } = host;
    const errors: unknown[] = [];
    const victim = await app.task('victim', () => 1).applyAsync([], { countdown: 600 });
    const attempts: (() => Promise<unknown>)[] = [
      () => app.control.revoke(victim.id),
      () => app.control.rateLimit('victim', '5/s'),
      () => victim.revoke(),
      () => victim.state(),
      () => victim.result(),
      () => victim.get({ disableSyncSubtasks: false }),
      () => victim.forget(),
      () => app.restoreGroup('group'),
      () => app.adapters(),
    ];
    const task = app.task('slow', { timeLimit: 3 }, async () => {
      await host.sleep(10_000);
      for (const attempt of attempts) {
        errors.push(await attempt().then(String, (error: Error) => error.name));
      }
    });
    await task.delay();

    await host.invoke();
    await host.clock.advanceTo(host.clock.now() + 20_000);
    await vi.waitFor(() => expect(errors).toHaveLength(attempts.length));

    expect(new Set(errors)).toEqual(new Set(['TimeLimitExceeded']));
    expect(await victim.state()).toBe('PENDING');
  });

  test('of the message wins over the task', async () => {
    const host = new FunctionHost();
    const task = host.app.task('slow', { timeLimit: 20 }, () => host.sleep(10_000));
    const { id } = await task.applyAsync([], { timeLimit: 2 });

    await host.invoke();

    expect(host.document(id)).toMatchObject({ result: { exc_message: [2] } });
  });

  test.for([0, -5])(
    'of %d seconds in a message, as Python callers may send it, leaves both limits to the task',
    async (none) => {
      const host = new FunctionHost();
      const softLimits: boolean[] = [];
      host.app.task('slow', { bind: true, softTimeLimit: 2, timeLimit: 4 }, async (self) => {
        await host.sleep(1000);
        softLimits.push(self.signal.aborted);
        await host.sleep(2000);
        softLimits.push(self.signal.aborted);
        await host.sleep(10_000);
      });
      host.app.task('unlimited', { bind: true }, async (self) => {
        await host.sleep(10_000);
        return self.signal.aborted;
      });
      for (const task of ['slow', 'unlimited']) {
        const limits = { timeLimit: none, softTimeLimit: none };
        const body = encodeTaskMessage(newTaskMessage({ task, id: task, args: [], ...limits }));
        await host.engine.adapters().broker.send('celery', { body });
      }

      await host.runUntilEmpty();

      expect(softLimits).toEqual([false, true]);
      expect(host.document('slow')).toMatchObject({ result: { exc_message: [4] } });
      expect(host.document('unlimited')).toMatchObject({ status: 'SUCCESS', result: false });
    },
  );

  test('longer than the function may run ends before the function does', async () => {
    const host = new FunctionHost({ timeoutMs: 10_000 });
    const task = host.app.task('slow', { timeLimit: 60 }, () => host.sleep(100_000));
    const { id } = await task.delay();

    await host.invoke();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'TimeLimitExceeded' },
    });
  });
});

describe('an invocation that ends before a hard limit', () => {
  test('gives the task back, which is within its limit', async () => {
    const host = new FunctionHost({ timeoutMs: 30_000, concurrency: 1 });
    const runs: number[] = [];
    const task = host.app.task('slow', { timeLimit: 28 }, async (n: number) => {
      runs.push(n);
      await host.sleep(18_000);
    });
    const { id } = await task.delay(1);
    host.slow = (port, verb) => {
      // The first invocation spends 15 s on reading the table.
      if (port !== 'admissions' || verb !== 'read' || host.invocations > 1) return 0;
      return 15_000;
    };

    await host.runUntilEmpty();

    expect(runs).toEqual([1, 1]);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS' });
  });
});

describe('a start', () => {
  test('waits for an invocation in which its hard limit fits', async () => {
    const host = new FunctionHost({ timeoutMs: 30_000, concurrency: 1 });
    let runs = 0;
    const task = host.app.task('slow', { timeLimit: 25 }, async () => {
      runs++;
      await host.sleep(18_000);
    });
    const ids = [(await task.delay()).id, (await task.delay()).id, (await task.delay()).id];

    await host.runUntilEmpty();

    expect(runs).toBe(3);
    expect(host.invocations).toBe(3);
    expect(ids.map((id) => host.document(id)?.status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
  });

  test('does not wait where its hard limit fits, nor where it never could', async () => {
    const host = new FunctionHost({ timeoutMs: 30_000, concurrency: 1 });
    const short = host.app.task('short', { timeLimit: 10 }, () => host.sleep(5000));
    const long = host.app.task('long', { timeLimit: 60 }, () => host.sleep(5000));
    await short.delay();
    await long.delay();
    await short.delay();

    await host.runUntilEmpty();

    expect(host.invocations).toBe(1);
  });
});

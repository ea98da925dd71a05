import { describe, expect, test } from 'vitest';
import { Ignore, Reject, Retry, type RetryOptions, ValueError } from '../../lib/index.ts';
import { FunctionHost } from './function-host.ts';

class Flaky extends Error {}

describe('self.retry', () => {
  test('runs the task again under its id, counting up, until it succeeds', async () => {
    const host = new FunctionHost();
    const task = host.app.task('flaky', { bind: true, maxRetries: 5 }, (self) => {
      if (self.request.retries < 2) self.retry({ exc: new ValueError('again'), countdown: 0 });
      return self.request.retries;
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 2 });
  });

  test('stores RETRY with its cause, of the next attempt, and waits for the countdown', async () => {
    const host = new FunctionHost();
    const task = host.app.task('flaky', { bind: true }, (self) => {
      if (self.request.retries === 0) self.retry({ exc: new ValueError('again'), countdown: 60 });
    });
    const { id } = await task.delay();

    await host.invoke();

    expect(host.document(id)).toMatchObject({
      status: 'RETRY',
      result: { exc_type: 'ValueError', exc_message: ['again'] },
      traceback: expect.stringContaining('ValueError'),
      dateDone: null,
    });
    expect(host.engine.item(id)?.own).toMatchObject({ status: 'RETRY', attempt: 1 });
    const [next] = host.engine.messages('celery');
    expect(next?.visibleAt).toBe(host.clock.now() + 60_000);
  });

  test('waits for the moment that eta names', async () => {
    const host = new FunctionHost();
    const starts: number[] = [];
    const eta = new Date(host.clock.now() + 90_000);
    const task = host.app.task('flaky', { bind: true }, (self) => {
      starts.push(host.clock.now());
      if (self.request.retries === 0) self.retry({ eta });
      return self.request.eta;
    });
    const result = await task.delay();

    await host.runUntilEmpty();

    expect(starts).toEqual([eta.getTime() - 90_000, eta.getTime()]);
    expect(await result.get()).toEqual(eta);
  });

  test('waits for three minutes when nothing else is said, and gives up after three retries', async () => {
    const host = new FunctionHost();
    const starts: number[] = [];
    const task = host.app.task('hopeless', { bind: true }, (self) => {
      starts.push(host.clock.now());
      self.retry();
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(starts.map((at) => at - (starts[0] ?? 0))).toEqual([0, 180_000, 360_000, 540_000]);
    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: {
        exc_type: 'MaxRetriesExceededError',
        exc_module: 'celery.exceptions',
        exc_message: [`Can't retry hopeless[${id}] args:() kwargs:{}`],
      },
    });
  });

  test('that gives up fails with the error it was given', async () => {
    const host = new FunctionHost();
    const task = host.app.task('hopeless', { bind: true, maxRetries: 0 }, (self) => {
      self.retry({ exc: new ValueError('never') });
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ValueError' },
    });
  });

  test('carries what it changes to the next attempt, and all else as it was', async () => {
    const host = new FunctionHost();
    const requests: object[] = [];
    const task = host.app.task('changing', { bind: true }, (self, x: number) => {
      requests.push({
        x,
        retries: self.request.retries,
        headers: self.request.headers,
        expires: self.request.expires,
      });
      if (x === 1) self.retry({ args: [2], countdown: 0, headers: { more: 1 } });
    });
    const expires = new Date(host.clock.now() + 3_600_000);
    await task.applyAsync([1], { headers: { traceparent: 't' }, expires });

    await host.runUntilEmpty();

    expect(requests).toEqual([
      { x: 1, retries: 0, headers: { traceparent: 't' }, expires },
      { x: 2, retries: 1, headers: { traceparent: 't', more: 1 }, expires },
    ]);
  });

  test('keeps what the message had of all that is given as undefined', async () => {
    const host = new FunctionHost();
    const requests: unknown[] = [];
    const task = host.app.task('plain', { bind: true }, (self, x: number) => {
      const { timelimit, ignoreResult, shadow, deliveryInfo, headers, expires } = self.request;
      const { priority } = deliveryInfo;
      requests.push({ x, timelimit, ignoreResult, shadow, priority, headers, expires });
      const nothing = {
        ...{ args: undefined, kwargs: undefined, queue: undefined, priority: undefined },
        ...{ expires: undefined, timeLimit: undefined, softTimeLimit: undefined },
        ...{ headers: undefined, shadow: undefined, ignoreResult: undefined },
      };
      if (self.request.retries === 0) self.retry({ ...nothing, countdown: 0 });
      if (self.request.retries === 1) throw new Retry(undefined, null, nothing);
    });
    await task.applyAsync([1], {
      ...{ timeLimit: 20, softTimeLimit: 10, ignoreResult: true, shadow: 'shown', priority: 5 },
      ...{ headers: { tenant: 'acme' }, expires: new Date(host.clock.now() + 3_600_000) },
    });

    await host.runUntilEmpty();

    expect(requests).toHaveLength(3);
    expect(requests[0]).toMatchObject({ timelimit: [20, 10], ignoreResult: true, shadow: 'shown' });
    expect(requests.slice(1)).toEqual([requests[0], requests[0]]);
  });

  test('shows of new arguments what the caller had shown instead of the old, else themselves', async () => {
    const host = new FunctionHost();
    const shown: [args: string, kwargs: string][] = [];
    const options = { bind: true, params: ['card', 'pin'] } as const;
    const pay = host.app.task('pay', options, (self, _card: string, _pin: number) => {
      shown.push([self.request.argsrepr, self.request.kwargsrepr]);
      const changes = { args: ['4222'], kwargs: { pin: 2 } };
      if (self.request.retries < 2) self.retry({ countdown: 0, ...changes });
    });

    await pay.applyAsync(['4111', 1], { argsrepr: '<a card>', kwargsrepr: '<a pin>' });
    await host.runUntilEmpty();
    await pay.applyAsync(['4111', 1]);
    await host.runUntilEmpty();

    expect(shown).toEqual([
      ['<a card>', '<a pin>'],
      ['<a card>', '<a pin>'],
      ['<a card>', '<a pin>'],
      ["('4111', 1)", '{}'],
      ["('4222',)", "{'pin': 2}"],
      ["('4222',)", "{'pin': 2}"],
    ]);
  });

  test('with arguments JSON cannot carry ends as FAILURE EncodeError', async () => {
    const host = new FunctionHost();
    const task = host.app.task('odd', { bind: true }, (self, _x: unknown) =>
      self.retry({ args: [new Set()] }),
    );
    const { id } = await task.delay(1);

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'EncodeError' },
    });
  });

  test('of a task whose result is ignored stores nothing and retries all the same', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('quiet', { bind: true, ignoreResult: true }, (self) => {
      runs++;
      if (self.request.retries === 0) self.retry({ countdown: 0 });
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(runs).toBe(2);
    expect(host.document(id)).toBeUndefined();
  });
});

describe('attempts are ordered', () => {
  test('a retry stored but not published is published by the redelivery, with its changed arguments', async () => {
    const host = new FunctionHost();
    const seen: number[] = [];
    const task = host.app.task('flaky', { bind: true }, (self, x: number) => {
      seen.push(x);
      if (x === 1) self.retry({ args: [2], countdown: 0 });
    });
    await task.delay(1);
    let sends = 0;
    host.fault = (_, verb) =>
      verb === 'send' && ++sends === 1 ? new Error('SQS is away') : undefined;

    await host.runUntilEmpty();

    expect(seen).toEqual([1, 2]);
  });

  test('a copy of an older attempt starts nothing', async () => {
    const host = new FunctionHost();
    const seen: number[] = [];
    const task = host.app.task('flaky', { bind: true }, (self) => {
      seen.push(self.request.retries);
      if (self.request.retries < 2) self.retry({ countdown: 0 });
    });
    await task.delay();
    const [first] = host.engine.messages('celery');
    await host.runUntilEmpty();

    await host.engine.adapters().broker.send('celery', { body: first?.body ?? '' });
    await host.runUntilEmpty();

    expect(seen).toEqual([0, 1, 2]);
  });

  test('a copy one attempt below, while the next one waits, repeats the message and not the run', async () => {
    const host = new FunctionHost();
    const seen: number[] = [];
    const task = host.app.task('flaky', { bind: true }, (self) => {
      seen.push(self.request.retries);
      if (self.request.retries < 1) self.retry({ countdown: 60 });
    });
    await task.delay();
    const [first] = host.engine.messages('celery');
    await host.invoke();

    await host.engine.adapters().broker.send('celery', { body: first?.body ?? '' });
    await host.runUntilEmpty();

    expect(seen).toEqual([0, 1]);
  });
});

describe('automatic retries', () => {
  test.for<[string, object, number[]]>([
    ['wait for defaultRetryDelay', { defaultRetryDelay: 7 }, [7, 7, 7]],
    [
      'wait longer each time with retryBackoff',
      { retryBackoff: true, retryJitter: false },
      [1, 2, 4],
    ],
    ['wait by a factor', { retryBackoff: 10, retryJitter: false }, [10, 20, 40]],
    [
      'wait no longer than retryBackoffMax',
      { retryBackoff: 10, retryBackoffMax: 15, retryJitter: false },
      [10, 15, 15],
    ],
    ['wait as retryKwargs say', { retryKwargs: { countdown: 3 } }, [3, 3, 3]],
    ['are as many as retryKwargs say', { retryKwargs: { countdown: 3, maxRetries: 1 } }, [3]],
  ])('%s', async ([, options, waits]) => {
    const host = new FunctionHost();
    const starts: number[] = [];
    const task = host.app.task('flaky', { autoretryFor: [Flaky], ...options }, () => {
      starts.push(host.clock.now());
      throw new Flaky('again');
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(starts.slice(1).map((at, i) => (at - (starts[i] ?? 0)) / 1000)).toEqual(waits);
    expect(host.document(id)).toMatchObject({ status: 'FAILURE', result: { exc_type: 'Flaky' } });
  });

  test('stay within the backoff with jitter', async () => {
    const host = new FunctionHost();
    const starts: number[] = [];
    const task = host.app.task(
      'flaky',
      { autoretryFor: [Flaky], retryBackoff: 8, maxRetries: 6 },
      () => {
        starts.push(host.clock.now());
        throw new Flaky('again');
      },
    );
    await task.delay();

    await host.runUntilEmpty();

    const waits = starts.slice(1).map((at, i) => (at - (starts[i] ?? 0)) / 1000);
    expect(waits.every((wait, i) => wait <= 8 * 2 ** i)).toBe(true);
    expect(new Set(waits).size).toBeGreaterThan(1);
  });

  test('leave out what dontAutoretryFor names, and other errors', async () => {
    const host = new FunctionHost();
    class Fatal extends Flaky {}
    let runs = 0;
    const task = host.app.task(
      'flaky',
      { autoretryFor: [Flaky], dontAutoretryFor: [Fatal] },
      (fatal: boolean) => {
        runs++;
        throw fatal ? new Fatal() : new Error('other');
      },
    );
    await task.delay(true);
    await task.delay(false);

    await host.runUntilEmpty();

    expect(runs).toBe(2);
  });
});

describe('what a task may ask for besides', () => {
  test('Ignore leaves its state as it is and settles', async () => {
    const host = new FunctionHost();
    const task = host.app.task('ignored', () => {
      throw new Ignore();
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toBeUndefined();
  });

  test('Reject fails as Celery says and is dead-lettered', async () => {
    const host = new FunctionHost();
    const task = host.app.task('rejected', () => {
      throw new Reject('no');
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'Reject', exc_message: ['no', false], exc_module: 'celery.exceptions' },
    });
    expect(host.letters()).toMatchObject([{ attributes: { reason: 'Reject' } }]);
  });

  test('Reject with requeue gives the message back, and nobody is judged for it', async () => {
    const host = new FunctionHost({ maxAttempts: 2 });
    let runs = 0;
    const task = host.app.task('requeued', () => {
      if (++runs < 6) throw new Reject('later', { requeue: true });
      return runs;
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 6 });
  });

  test('Reject with requeue, however often, is never dead-lettered for it', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('requeued', () => {
      if (++runs < 150) throw new Reject('later', { requeue: true });
      return runs;
    });
    const { id } = await task.delay();

    await host.runUntilEmpty('celery', 400);

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 150 });
    expect(host.letters()).toEqual([]);
  });
});

describe('a Retry that a task called as a plain function throws', () => {
  const reason =
    /^inner was called as a plain function, not sent, so it cannot be retried by itself/;

  function aHost() {
    const host = new FunctionHost();
    let runs = 0;
    const inner = host.app.task('inner', { bind: true, maxRetries: 9 }, (self, exc: boolean) => {
      runs++;
      self.retry({ countdown: 60, ...(exc && { exc: new ValueError('no stock') }) });
    });
    return { host, inner, runs: () => runs };
  }

  test('fails the task that called it, and says why', async () => {
    const { host, inner, runs } = aHost();
    const outer = host.app.task('outer', { autoretryFor: [Error] }, async () => inner(false));
    const { id } = await outer.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: {
        exc_type: 'ImproperlyConfigured',
        exc_message: [expect.stringMatching(reason)],
      },
    });
    expect(runs()).toBe(1);
  });

  test('fails a map over it', async () => {
    const { host, inner, runs } = aHost();
    const { id } = await inner.map([false, false]).delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_message: [expect.stringMatching(reason)] },
    });
    expect(runs()).toBe(1);
  });

  test('is the error it was given, where it was given one', async () => {
    const { host, inner } = aHost();
    const { id } = await inner.map([true]).delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ValueError', exc_message: ['no stock'] },
    });
  });

  test('can be caught, and made a retry of the task that called it', async () => {
    const { host, inner, runs } = aHost();
    const outer = host.app.task('outer', { bind: true, maxRetries: 1 }, (self) => {
      try {
        inner(false);
      } catch (exc) {
        if (exc instanceof Retry) self.retry({ countdown: 0 });
      }
    });
    const { id } = await outer.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'MaxRetriesExceededError' },
    });
    expect(runs()).toBe(2);
  });
});

describe('a Retry made by hand', () => {
  test('waits as it says, and ends with its cause when there are no retries left', async () => {
    const host = new FunctionHost();
    const starts: number[] = [];
    const task = host.app.task('by_hand', { maxRetries: 2 }, () => {
      starts.push(host.clock.now());
      throw new Retry(new ValueError('no stock'), new Date(host.clock.now() + 60_000));
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(starts.map((at) => at - (starts[0] ?? 0))).toEqual([0, 60_000, 120_000]);
    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ValueError', exc_message: ['no stock'] },
    });
  });

  test('without a cause ends in the words of Celery', async () => {
    const host = new FunctionHost();
    const task = host.app.task('by_hand', { maxRetries: 1 }, () => {
      throw new Retry(undefined, null);
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_message: [`Can't retry by_hand[${id}] args:() kwargs:{}`] },
    });
  });

  test('goes on for ever where the task may, as one that self.retry allows more', async () => {
    const host = new FunctionHost();
    const forever = host.app.task('forever', { bind: true, maxRetries: null }, (self) => {
      if (self.request.retries < 9) throw new Retry(undefined, null);
      return self.request.retries;
    });
    const allowed = host.app.task('allowed', { bind: true, maxRetries: 0 }, (self) => {
      if (self.request.retries < 9) self.retry({ countdown: 0, maxRetries: 9 });
      return self.request.retries;
    });
    const results = [await forever.delay(), await allowed.delay()];

    await host.runUntilEmpty();

    expect(await Promise.all(results.map((result) => result.get()))).toEqual([9, 9]);
  });

  test.for<readonly [changes: object, says: string]>([
    [{ args: 'ab' }, "'args' of retry of 'by_hand' expects a list, got 'ab'"],
    [{ kwargs: [1] }, "'kwargs' of retry of 'by_hand' expects an object, got [ 1 ]"],
    [{ queue: '' }, "'queue' of retry of 'by_hand' expects a text that is not empty, got ''"],
    [{ timeLimit: Number.NaN }, "'timeLimit' of retry of 'by_hand' expects a positive number"],
    [{ softTimeLimit: -5 }, "'softTimeLimit' of retry of 'by_hand' expects a positive number"],
    [{ priority: 10 }, "'priority' of retry of 'by_hand' expects a whole number from 0 to 9"],
    [{ expires: 60 }, "'expires' of retry of 'by_hand' expects a valid Date, got 60"],
    [{ expires: new Date(Number.NaN) }, "'expires' of retry of 'by_hand' expects a valid Date"],
    [{ shadow: '' }, "'shadow' of retry of 'by_hand' expects a text that is not empty"],
    [{ headers: { id: 'x' } }, "Header 'id' of a call of by_hand is one the message writes itself"],
    [{ countdown: 5 }, "Unknown option 'countdown' of retry of 'by_hand'"],
  ])('with %o fails the task with the reason', async ([changes, says]) => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('by_hand', () => {
      runs++;
      throw new Retry(new ValueError('no stock'), null, changes);
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: {
        exc_type: 'ImproperlyConfigured',
        exc_message: [expect.stringContaining(says)],
      },
    });
    expect(runs).toBe(1);
  });
});

describe('a retry on FIFO', () => {
  const orders = 'orders.fifo';

  test('of what took the place of a task that was retried itself is no duplicate of that', async () => {
    const host = new FunctionHost();
    const options = { bind: true, queue: orders } as const;
    const substitute = host.app.task('substitute', options, (self) => {
      if (self.request.retries === 0) self.retry({ countdown: 0 });
      return 'done';
    });
    const task = host.app.task('task', options, (self) => {
      if (self.request.retries === 0) self.retry({ countdown: 0 });
      return self.replace(substitute.s());
    });
    const { id } = await task.delay();

    await host.runUntilEmpty(orders);

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'done' });
  });

  test.for(['order 5', 'o'.repeat(130)])(
    'is taken, though its task id (%s) is nothing that SQS deduplicates by',
    async (taskId) => {
      const host = new FunctionHost();
      const task = host.app.task('flaky', { bind: true, queue: orders }, (self) => {
        if (self.request.retries === 0) self.retry({ countdown: 0 });
        return 'done';
      });
      await task.applyAsync([], { taskId });

      await host.runUntilEmpty(orders);

      expect(host.document(taskId)).toMatchObject({ status: 'SUCCESS', result: 'done' });
      expect(host.invocations).toBe(2);
    },
  );

  test('of a task whose id was used before is no duplicate of the retry before', async () => {
    const host = new FunctionHost();
    const runs: [call: number, retries: number][] = [];
    const task = host.app.task(
      'flaky',
      { bind: true, queue: orders, ignoreResult: true },
      (self, call: number) => {
        runs.push([call, self.request.retries]);
        if (self.request.retries === 0) self.retry({ countdown: 0 });
      },
    );

    for (const call of [1, 2]) {
      await task.applyAsync([call], { taskId: 'again' });
      await host.runUntilEmpty(orders);
    }

    expect(runs).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 1],
    ]);
  });

  test('is published once, though its delivery comes again', async () => {
    const host = new FunctionHost();
    const task = host.app.task('flaky', { bind: true, queue: orders, maxRetries: 9 }, (self) => {
      self.retry({ countdown: 0 });
    });
    await task.delay();
    const { consumer } = host.engine.adapters();
    const deliveries = await consumer.receive(orders, { max: 1, waitSeconds: 0 });

    await host.run(deliveries);
    await host.run(deliveries);

    expect(host.engine.messages(orders)).toHaveLength(1);
  });
});

class Textless extends Error {
  override get message(): string {
    throw new Error('no message');
  }
}

describe('a cause that has no text', () => {
  const causes: [what: string, cause: () => unknown][] = [
    ['a symbol', () => Symbol('again')],
    ['an object without prototype', () => Object.create(null)],
    ['an error that throws when its message is asked for', () => new Textless()],
  ];

  test.for(causes)('is stored as well as it can be: %s', async ([, cause]) => {
    const host = new FunctionHost();
    const exc = cause();
    const task = host.app.task('flaky', { bind: true }, (self) => {
      if (self.request.retries === 0) self.retry({ exc, countdown: 60 });
      return 'done';
    });
    const { id } = await task.delay();

    await host.invoke();
    const retried = host.document(id);
    await host.runUntilEmpty();

    expect(retried).toMatchObject({ status: 'RETRY', result: { exc_message: expect.any(Array) } });
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'done' });
  });

  test('may be the reason of a Reject', async () => {
    const host = new FunctionHost();
    const task = host.app.task('rejecting', () => {
      throw new Reject(Object.create(null));
    });
    const { id } = await task.delay();

    await host.invoke();

    expect(host.document(id)).toMatchObject({ result: { exc_type: 'Reject' } });
  });
});

describe('a retry that cannot be as asked', () => {
  const cases: [says: string, retry: RetryOptions, error: string, message: string][] = [
    ['to no queue', { countdown: 0, queue: 'nowhere' }, 'QueueNotFound', 'nowhere'],
    [
      'with a header of the message',
      { headers: { id: 'x' } },
      'ImproperlyConfigured',
      "Header 'id'",
    ],
    ['beyond all dates', { countdown: 1e15 }, 'ImproperlyConfigured', 'year 9999'],
    ['that expires beyond all dates', { expires: 1e15 }, 'ImproperlyConfigured', 'year 9999'],
  ];

  test.for(cases)('%s fails the task with the reason', async ([, retry, error, message]) => {
    const host = new FunctionHost({ engine: { createMissingQueues: false } });
    const task = host.app.task('flaky', { bind: true }, (self) => {
      throw self.retry({ ...retry, throw: false });
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({ status: 'FAILURE', result: { exc_type: error } });
    expect(JSON.stringify(host.document(id)?.result)).toContain(message);
  });

  test.each([150_000, 600_000])('a cause of %d characters is shortened', async (length) => {
    const host = new FunctionHost();
    const task = host.app.task('flaky', { bind: true }, (self, text: string) => {
      const exc = new ValueError(`502: ${'m'.repeat(length)}`);
      if (self.request.retries === 0) self.retry({ countdown: 60, exc, args: [`${text}!`] });
      return text.length;
    });
    const { id } = await task.delay('x'.repeat(150_000));

    await host.invoke();
    const retried = host.document(id);
    await host.runUntilEmpty();

    expect(retried).toMatchObject({
      status: 'RETRY',
      result: {
        exc_type: 'ValueError',
        exc_message: [expect.stringMatching(/^502: m{9000,10000}$/)],
      },
    });
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 150_001 });
  });
});

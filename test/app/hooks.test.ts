import { describe, expect, test } from 'vitest';
import {
  BatchSendError,
  Ignore,
  ImproperlyConfigured,
  OperationalError,
  Reject,
} from '../../lib/index.ts';
import { anApp } from './support.ts';

describe('signals of a producer', () => {
  test('tell of a call before and after it is sent', async () => {
    const { app, queued } = anApp();
    const add = app.task('add', (x: number, y: number) => x + y);
    const heard: unknown[] = [];
    app.on('beforeTaskPublish', (call) => heard.push([call.sender, call.taskId, queued().length]));
    app.on('afterTaskPublish', (call) => heard.push([call.sender, call.taskId, queued().length]));

    const { id } = await add.delay(1, 2);

    expect(heard).toEqual([
      ['add', id, 0],
      ['add', id, 1],
    ]);
  });

  test('send the headers that a listener writes', async () => {
    const { app, sent } = anApp();
    app.on('beforeTaskPublish', ({ headers }) => Object.assign(headers, { tenant: 't1' }));

    await app.sendTask('any', [], { headers: { mine: 1 } });

    expect(sent()[0]?.headers).toEqual({ mine: 1, tenant: 't1' });
  });

  test('end when they are told to', async () => {
    const { app } = anApp();
    let heard = 0;
    const listener = () => ++heard;
    const stop = app.on('beforeTaskPublish', listener);
    app.on('beforeTaskPublish', listener);

    await app.sendTask('any');
    stop();
    stop();
    await app.sendTask('any');

    expect(heard).toBe(3);
  });

  test('refuse a name that is no signal, and tell those that are', () => {
    const { app } = anApp();

    expect(() => app.on('taskSucess' as 'taskSuccess', () => {})).toThrow(ImproperlyConfigured);
    expect(() => app.on('toString' as 'taskSuccess', () => {})).toThrow('taskSuccess');
  });
});

describe('middleware around publishing', () => {
  test('nests, and may change headers and queue', async () => {
    const { app, sent } = anApp();
    const order: string[] = [];
    for (const name of ['outer', 'inner']) {
      app.use({
        async publish(call, next) {
          order.push(`${name} before`);
          await next({ headers: { ...call.headers, [name]: 1 }, queue: 'mail' });
          order.push(`${name} after`);
        },
      });
    }

    await app.sendTask('any', [], { headers: { mine: 1 } });

    expect(order).toEqual(['outer before', 'inner before', 'inner after', 'outer after']);
    expect(sent('mail')[0]?.headers).toEqual({ mine: 1, outer: 1, inner: 1 });
  });

  test('may refuse a call: its caller hears why, and nothing is sent', async () => {
    const { app, queued } = anApp();
    app.use({
      async publish() {
        throw new Error('over quota');
      },
    });

    await expect(app.sendTask('any')).rejects.toThrow('over quota');
    expect(queued()).toEqual([]);
  });

  test.for([
    ['neither called next nor threw', 0, 0],
    ['called next more than once', 2, 1],
  ] as const)('is an error where it %s', async ([message, times, messages]) => {
    const { app, queued } = anApp();
    app.use({
      async publish(_, next) {
        for (let i = 0; i < times; i++) await next();
      },
    });

    await expect(app.sendTask('any')).rejects.toThrow(message);
    expect(queued()).toHaveLength(messages);
  });

  test('wraps each call of a batch, which is nevertheless sent as one', async () => {
    const { app, engine, sent } = anApp();
    let requests = 0;
    const adapters = engine.adapters();
    const { broker } = adapters;
    const counting = Object.create(broker, {
      sendBatch: {
        value: (queue: string, messages: Parameters<typeof broker.sendBatch>[1]) => {
          if (messages.length > 0) requests++;
          return broker.sendBatch(queue, messages);
        },
      },
    });
    app.useAdapters({ ...adapters, broker: counting, close: async () => {} });
    app.use({
      async publish(call, next) {
        await next({ headers: { for: call.args[0] } });
      },
    });

    const results = await app.sendBatch([1, 2, 3].map((n) => app.signature('any', [n])) as never);

    expect(requests).toBe(1);
    expect(results).toHaveLength(3);
    expect(sent().map(({ headers }) => headers.for)).toEqual([1, 2, 3]);
  });

  test('sends nothing of a batch where it refuses one call', async () => {
    const { app, queued } = anApp();
    app.use({
      async publish({ args }, next) {
        if (args[0] === 2) throw new Error('not this one');
        await next();
      },
    });

    const sending = app.sendBatch([1, 2, 3].map((n) => app.signature('any', [n])) as never);

    await expect(sending).rejects.toThrow('not this one');
    expect(queued()).toEqual([]);
  });

  test('hears of its own call alone where a batch was sent in part', async () => {
    const { app, engine } = anApp();
    const adapters = engine.adapters();
    const failing = Object.create(adapters.broker, {
      sendBatch: {
        value: async (_: string, messages: readonly unknown[]) =>
          messages.map((_, i) => (i === 1 ? new OperationalError('full') : undefined)),
      },
    });
    app.useAdapters({ ...adapters, broker: failing, close: async () => {} });
    const fates = new Map<unknown, string>();
    app.use({
      async publish({ args }, next) {
        await next().then(
          () => void fates.set(args[0], 'sent'),
          (error: Error) => {
            fates.set(args[0], error.message);
            throw error;
          },
        );
      },
    });

    const sending = app.sendBatch([1, 2, 3].map((n) => app.signature('any', [n])) as never);

    await expect(sending).rejects.toBeInstanceOf(BatchSendError);
    expect(Object.fromEntries(fates)).toEqual({ 1: 'sent', 2: 'full', 3: 'sent' });
  });
});

describe('a task that runs eagerly', () => {
  test('is wrapped, and its handlers hear', async () => {
    const { app } = anApp();
    const heard: unknown[] = [];
    app.use({ execute: async (_, next) => `<${await next()}>` });
    app.on('taskSuccess', ({ result }) => heard.push(result));
    const task = app.task('t', { onSuccess: (value) => heard.push(value) }, () => 'x');

    const result = await task.runEagerly();

    expect(await result.get()).toBe('<x>');
    expect(heard).toEqual(['<x>', '<x>']);
  });

  test.for([
    ['Ignore', 'IGNORED', new Ignore()],
    ['Reject', 'REJECTED', new Reject('bad')],
  ] as const)(
    'and throws %s is told as %s after its run, and as nothing else',
    async ([, state, thrown]) => {
      const { app } = anApp();
      const heard: unknown[] = [];
      const hear = (name: string) => () => heard.push(name);
      app.on('taskFailure', hear('taskFailure'));
      app.on('taskSuccess', hear('taskSuccess'));
      app.on('taskPostrun', (told) => heard.push([told.state, told.retval]));
      const handlers = { onFailure: hear('onFailure'), afterReturn: hear('afterReturn') };
      const task = app.task('t', handlers, () => {
        throw thrown;
      });

      await task.runEagerly();

      expect(heard).toEqual([[state, thrown]]);
    },
  );
});

test('a middleware around a run that calls next twice fails the task, which has run once', async () => {
  const { app } = anApp();
  let runs = 0;
  app.use({
    async execute(_, next) {
      await next();
      return await next();
    },
  });

  const result = await app.task('t', () => ++runs).runEagerly();

  await expect(result.get()).rejects.toThrow(
    `A middleware around the run of t[${result.id}] called next more than once`,
  );
  expect(runs).toBe(1);
});

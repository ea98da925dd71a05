import { describe, expect, test } from 'vitest';
import {
  type ExecutionContext,
  requestFromMessage,
  type StateUpdate,
} from '../../lib/app/index.ts';
import { type Celery, currentTask } from '../../lib/index.ts';
import { newTaskMessage, type TaskMessage } from '../../lib/protocol/index.ts';
import { anApp } from './support.ts';

/** What a worker gives to a run, and what it hears of it. */
function aRun(fields: Partial<TaskMessage> = {}) {
  const message = newTaskMessage({ task: 'shop.t', id: 'parent', args: [], ...fields });
  const updates: StateUpdate[] = [];
  const context: ExecutionContext = {
    request: requestFromMessage(message, { hostname: 'w1', redelivered: true }),
    signal: new AbortController().signal,
    updateState: async (update) => {
      updates.push(update);
    },
    assertOpen() {},
    children: [],
    addToChord: () => Promise.reject(new Error('no chord here')),
  };
  return { context, updates };
}

async function run(app: Celery, context: ExecutionContext, name = 'shop.t'): Promise<unknown> {
  const task = app.tasks.get(name);
  if (!task) throw new Error(`${name} is not registered`);
  return await task.run(context, await task.bind(context.request.args, context.request.kwargs));
}

describe('self', () => {
  test('knows the call, the app and the run', async () => {
    const { app } = anApp();
    const { context, updates } = aRun({ args: [7] });
    app.task('shop.t', { bind: true }, async (self, x: number) => {
      await self.updateState({ state: 'PROGRESS', meta: { x } });
      return [self.name, self.app, self.request, self.signal];
    });

    expect(await run(app, context)).toEqual(['shop.t', app, context.request, context.signal]);
    expect(updates).toEqual([{ state: 'PROGRESS', meta: { x: 7 } }]);
    expect(context.request).toMatchObject({
      id: 'parent',
      rootId: 'parent',
      hostname: 'w1',
      calledDirectly: false,
      isEager: false,
      timelimit: [null, null],
      deliveryInfo: { exchange: '', routingKey: 'celery', priority: 0, redelivered: true },
    });
  });

  test('is at hand without bind, after awaiting too, and nowhere else', async () => {
    const { app } = anApp();
    app.task('shop.t', async () => {
      await new Promise(setImmediate);
      return currentTask()?.request.id;
    });

    expect(await run(app, aRun().context)).toBe('parent');
    expect(currentTask()).toBeUndefined();
  });

  test('is each its own of runs at the same time', async () => {
    const { app } = anApp();
    app.task('shop.t', async () => {
      await new Promise(setImmediate);
      return currentTask()?.request.id;
    });

    const runs = ['a', 'b', 'c'].map((id) => run(app, aRun({ id }).context));

    expect(await Promise.all(runs)).toEqual(['a', 'b', 'c']);
  });
});

describe('a task sent inside a task', () => {
  test('is its child, of its root, with its unknown headers', async () => {
    const { app, sent } = anApp();
    const { context } = aRun({ rootId: 'root', headers: { traceparent: '00-1', mine: 1 } });
    const add = app.task('shop.add', (x: number, y: number) => x + y);
    app.task('shop.t', async () => {
      const first = await add.applyAsync([1, 2], { headers: { mine: 2 } });
      const [second] = await app.sendBatch([add.s(3, 4)]);
      return [first.id, second.id];
    });

    const ids = (await run(app, context)) as string[];

    expect(sent()).toMatchObject([
      { parentId: 'parent', rootId: 'root', headers: { traceparent: '00-1', mine: 2 } },
      { parentId: 'parent', rootId: 'root', headers: { traceparent: '00-1', mine: 1 } },
    ]);
    expect(context.children).toEqual(ids.map((id) => [[id, null], null]));
  });

  test('is a child in the order of the calls, whichever is sent first', async () => {
    const { app, engine } = anApp();
    const adapters = engine.adapters();
    const { broker } = adapters;
    const slowForTheFirst: typeof broker = {
      ...broker,
      maxDelaySeconds: broker.maxDelaySeconds,
      maxMessageBytes: broker.maxMessageBytes,
      queues: () => broker.queues(),
      deadLetterQueue: (queue) => broker.deadLetterQueue(queue),
      sendBatch: (queue, messages) => broker.sendBatch(queue, messages),
      async send(queue, message) {
        if (message.body.includes('"first"'))
          await new Promise((resolve) => setTimeout(resolve, 20));
        await broker.send(queue, message);
      },
    };
    app.useAdapters({ ...adapters, broker: slowForTheFirst });
    const { context } = aRun();
    app.task('shop.t', () =>
      Promise.all(['first', 'second'].map((taskId) => app.sendTask('x', [], { taskId }))),
    );

    await run(app, context);

    expect(context.children).toEqual([
      [['first', null], null],
      [['second', null], null],
    ]);
  });

  test('may be given other parents', async () => {
    const { app, sent } = anApp();
    app.task('shop.t', () => app.sendTask('x', [], { rootId: 'r', parentId: 'p' }));

    await run(app, aRun().context);

    expect(sent()).toMatchObject([{ parentId: 'p', rootId: 'r' }]);
  });

  test('that was not sent is no child', async () => {
    const { app } = anApp();
    const { context } = aRun();
    app.task('shop.t', async () => {
      await app.sendTask('x', [], { queue: 'nowhere' }).catch(() => undefined);
    });

    await run(app, context);

    expect(context.children).toEqual([]);
  });
});

describe('waiting for a result inside a task', () => {
  test('is refused, with the ways out', async () => {
    const { app } = anApp();
    app.task('shop.t', () => app.AsyncResult('other').get());

    await expect(run(app, aRun().context)).rejects.toThrow(
      'Never call result.get() within a task!',
    );
  });

  test('is allowed to who says that it ends', async () => {
    const { app } = anApp();
    app.task('shop.t', () =>
      app.AsyncResult('other').get({ disableSyncSubtasks: false, timeout: 0 }),
    );

    await expect(run(app, aRun().context)).rejects.toThrow('did not end within 0 seconds');
  });
});

describe('a task called as a plain function', () => {
  test('runs here and now', () => {
    const { app, sent } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);

    expect(add(2, 3)).toBe(5);
    expect(sent()).toEqual([]);
  });

  test('knows that it is, and has neither message nor result', async () => {
    const { app } = anApp();
    const task = app.task('shop.t', { bind: true }, async (self, x: number) => {
      await self.updateState({ state: 'PROGRESS' });
      return { ...self.request, x, aborted: self.signal.aborted };
    });

    expect(await task(7)).toMatchObject({
      task: 'shop.t',
      args: [7],
      calledDirectly: true,
      retries: 0,
      x: 7,
      aborted: false,
    });
  });

  test('inside a task leaves the children to it', async () => {
    const { app } = anApp();
    const { context } = aRun();
    const inner = app.task('shop.inner', async () => {
      await app.sendTask('x');
      return currentTask()?.name;
    });
    app.task('shop.t', () => inner());

    expect(await run(app, context)).toBe('shop.inner');
    expect(context.children).toHaveLength(1);
  });

  test('takes what callers give where names are starred', () => {
    const { app } = anApp();
    const echo = app.task(
      'shop.echo',
      { params: ['*args', '**kwargs'] },
      (args: unknown[], kwargs: Record<string, unknown>) => [args, kwargs],
    );

    expect(echo(1, 2)).toEqual([[1, 2], {}]);
  });
});

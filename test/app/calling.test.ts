import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { Celery, ImproperlyConfigured, QueueNotFound } from '../../lib/index.ts';
import { anApp } from './support.ts';

describe('delay', () => {
  test('sends a message that names the task and carries its arguments', async () => {
    const { app, sent } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);

    const result = await add.delay(2, 3);

    expect(sent()).toMatchObject([
      {
        task: 'shop.add',
        id: result.id,
        args: [2, 3],
        kwargs: {},
        rootId: result.id,
        parentId: null,
        retries: 0,
        ignoreResult: false,
        eta: null,
        expires: null,
        deliveryInfo: { exchange: '', routingKey: 'celery' },
        correlationId: result.id,
      },
    ]);
    expect(sent()[0]?.origin).toMatch(/^gen\d+@/);
  });

  test('uses what the task says of its calls', async () => {
    const { app, sent, clock } = anApp();
    const options = { queue: 'mail', ignoreResult: true, expires: 60, priority: 3 };
    const mail = app.task('shop.mail', options, (to: string) => to);

    await mail.delay('ann');

    expect(sent('mail')).toMatchObject([
      { ignoreResult: true, priority: 3, expires: new Date(clock.now() + 60_000) },
    ]);
  });

  test('goes to the queue the engine names, unless a setting names another', async () => {
    const { engine } = anApp();
    const broker = Object.assign(engine.adapters().broker, { defaultQueue: 'mail' });

    await new Celery('shop', { broker }).sendTask('shop.add');
    await new Celery('shop', { broker, taskDefaultQueue: 'celery' }).sendTask('shop.add');

    expect([engine.messages('mail').length, engine.messages('celery').length]).toEqual([1, 1]);
  });

  test('leaves out what is not given at the end', async () => {
    const { app, sent } = anApp();
    const add = app.task('shop.add', (x: number, y: number = 2, z: number = 3) => x + y + z);

    await add.delay(1, undefined, undefined);
    await add.delay(1, undefined, 4);

    expect(sent().map(({ args }) => args)).toEqual([[1], [1, null, 4]]);
  });

  test('can be replaced, as vi.spyOn does', async () => {
    const { app, sent } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);
    const result = app.AsyncResult<number>('spied');
    const delay = vi.spyOn(add, 'delay').mockResolvedValue(result);

    expect(await add.delay(1, 2)).toBe(result);
    expect(delay).toHaveBeenCalledWith(1, 2);
    expect(sent()).toEqual([]);
  });
});

describe('a task', () => {
  test('is a function whose apply and call are its own', () => {
    const { app } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);

    expect(add.name).toBe('shop.add');
    expect(add.apply).toBe(Function.prototype.apply);
    expect(add.call).toBe(Function.prototype.call);
    expect(add.call(undefined, 1, 2)).toBe(3);
  });

  test('has a name that no other task of its app has', () => {
    const { app } = anApp();
    app.task('shop.add', () => 1);

    expect(() => app.task('shop.add', () => 2)).toThrow(
      "App 'shop' has two tasks named 'shop.add'",
    );
  });

  test.for([
    ['', () => 1, "A task's name is a text such as 'shop.add'"],
    ['x', undefined, "Task 'x' expects its function as the last argument, got undefined"],
  ] as const)('named %j with %j is refused', ([name, handler, message]) => {
    const { app } = anApp();

    expect(() => app.task(name, handler as () => number)).toThrow(message);
  });

  test('with an unknown option names the nearest known one', () => {
    const { app } = anApp();
    const options = { ignore_results: true } as object;

    expect(() => app.task('shop.add', options, () => 1)).toThrow(
      "Unknown task option 'ignore_results' of task 'shop.add'; the nearest known one is 'ignoreResult'",
    );
  });

  test('refuses an option value that cannot be meant', () => {
    const { app } = anApp();

    expect(() => app.task('shop.add', { priority: 10 }, () => 1)).toThrow(
      "The task option 'priority' of task 'shop.add' expects a whole number from 0 to 9, got 10",
    );
    expect(() => app.task('shop.mul', { args: {} } as object, () => 1)).toThrow('Standard Schema');
  });

  test.for([
    [{ max_retries: 5 }, "Unknown option 'max_retries' of retryKwargs of task 'shop.add'"],
    [{ maxRetries: 1.5 }, "'maxRetries' of retryKwargs of task 'shop.add' expects a whole number"],
    [{ countdown: '5' }, "'countdown' of retryKwargs of task 'shop.add' expects a number"],
    [{ countdown: Number.NaN }, 'expects a number of seconds, got NaN'],
    [[5], 'expects an object with maxRetries or countdown'],
    [new Map(), 'expects an object with maxRetries or countdown'],
  ] as const)('refuses %j as retryKwargs, before any run fails', ([retryKwargs, message]) => {
    const { app } = anApp();
    const define = () => app.task('shop.add', { retryKwargs } as object, () => 1);

    expect(define).toThrow(ImproperlyConfigured);
    expect(define).toThrow(message);
  });
});

describe('applyAsync', () => {
  test('takes arguments by name', async () => {
    const { app, sent } = anApp();
    const add = app.task('shop.add', { params: ['x', 'y'] }, (x: number, y: number) => x + y);

    await add.applyAsync([1], { kwargs: { y: 2 } });

    expect(sent()).toMatchObject([{ args: [1], kwargs: { y: 2 } }]);
  });

  test('overrides what the task says; undefined overrides nothing', async () => {
    const { app, sent } = anApp();
    const task = app.task('shop.x', { queue: 'mail', ignoreResult: true }, () => 1);

    await task.applyAsync([], { queue: 'celery', ignoreResult: false });
    await task.applyAsync([], { queue: undefined });

    expect(sent('celery')).toMatchObject([{ ignoreResult: false }]);
    expect(sent('mail')).toMatchObject([{ ignoreResult: true }]);
  });

  test('with an unknown option sends nothing', async () => {
    const { app, sent } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);

    const call = add.applyAsync([1, 2], { countdwn: 3 } as object);

    await expect(call).rejects.toThrow(ImproperlyConfigured);
    await expect(call).rejects.toThrow(
      "Unknown call option 'countdwn' of a call of 'shop.add'; the nearest known one is 'countdown'",
    );
    expect(sent()).toEqual([]);
  });

  test('to an unknown queue sends nothing', async () => {
    const { app } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);

    await expect(add.applyAsync([1, 2], { queue: 'nowhere' })).rejects.toThrow(QueueNotFound);
  });

  test('writes links for those who follow them', async () => {
    const { app, sent } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);
    const onError = app.signature('shop.on_error', [], { immutable: true, queue: 'mail' });

    await add.applyAsync([1, 2], { link: [add.s(10), add.si(3, 4)], linkError: onError });

    const shape = { kwargs: {}, subtask_type: null };
    expect(sent()[0]?.embed).toEqual({
      callbacks: [
        { task: 'shop.add', args: [10], options: {}, immutable: false, ...shape },
        { task: 'shop.add', args: [3, 4], options: {}, immutable: true, ...shape },
      ],
      errbacks: [
        { task: 'shop.on_error', args: [], options: { queue: 'mail' }, immutable: true, ...shape },
      ],
      chain: null,
      chord: null,
    });
  });

  test('refuses a link that is no signature', async () => {
    const { app } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);

    await expect(add.applyAsync([1, 2], { link: 'shop.add' as never })).rejects.toThrow(
      "'link' of a call of 'shop.add' expects a signature or a list of them, got 'shop.add'",
    );
  });
});

describe('sendTask', () => {
  test('sends to whoever knows the name, and leaves it to them whether results are kept', async () => {
    const { app, sent } = anApp();

    await app.sendTask('reports.build', [2026], { kwargs: { fmt: 'pdf' }, queue: 'mail' });

    expect(sent('mail')).toMatchObject([
      { task: 'reports.build', args: [2026], kwargs: { fmt: 'pdf' }, ignoreResult: null },
    ]);
  });

  test('uses what a task of this app says', async () => {
    const { app, sent } = anApp();
    app.task('shop.mail', { queue: 'mail' }, () => 1);

    await app.sendTask('shop.mail');

    expect(sent('mail')).toHaveLength(1);
  });
});

describe('ref', () => {
  test('sends without knowing the task, with its defaults', async () => {
    const { app, sent } = anApp();
    const mail = app.ref('shop.mail', { queue: 'mail', priority: 2 });

    await mail.delay('ann');
    await mail.applyAsync([], { priority: 0 });

    expect(sent('mail')).toMatchObject([
      { task: 'shop.mail', args: ['ann'], priority: 2, ignoreResult: null },
      { args: [], priority: 0 },
    ]);
  });

  test('with takesKeywords sends the last argument by name', async () => {
    const { app, sent } = anApp();
    const make = () =>
      new Celery('x').task('shop.mail', { kwargs: z.object({ to: z.string() }) }, ({ to }) => to);
    const mail = app.ref<ReturnType<typeof make>>('shop.mail', { takesKeywords: true });

    await mail.delay({ to: 'ann' });

    expect(sent()).toMatchObject([{ args: [], kwargs: { to: 'ann' } }]);
  });

  test('refuses defaults that are no options', () => {
    const { app } = anApp();

    expect(() => app.ref('shop.mail', { queu: 'mail' } as object)).toThrow("'queue'");
  });
});

describe('sendBatch', () => {
  test('sends every signature to its queue, and answers in their order', async () => {
    const { app, sent } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);
    const mail = app.task('shop.mail', { queue: 'mail' }, (to: string) => to);

    const results = await app.sendBatch([add.s(1, 1), mail.s('ann'), add.s(2, 2)]);

    expect(sent('celery').map(({ id, args }) => ({ id, args }))).toEqual([
      { id: results[0].id, args: [1, 1] },
      { id: results[2].id, args: [2, 2] },
    ]);
    expect(sent('mail')).toMatchObject([{ id: results[1].id }]);
  });

  test.for<[string, readonly unknown[], object, string]>([
    ['an argument JSON cannot carry', [() => 1], {}, 'args[0]'],
    ['an unknown queue', [], { queue: 'nowhere' }, 'nowhere'],
    ['an unknown option', [], { qeue: 'x' }, "'qeue'"],
  ])('with %s sends nothing', async ([, args, options, message]) => {
    const { app, sent } = anApp();
    const good = app.signature('shop.good');
    const bad = app.signature('shop.bad', args, options);

    await expect(app.sendBatch([good, bad])).rejects.toThrow(message);
    expect(sent()).toEqual([]);
  });

  test('of nothing is nothing', async () => {
    const { app } = anApp();

    expect(await app.sendBatch([])).toEqual([]);
  });
});

describe('signatures', () => {
  test('put what they are given in front, and options over their own', async () => {
    const { app, sent } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);

    await add.s(2).set({ queue: 'mail', priority: 1 }).applyAsync([1], { priority: 5 });

    expect(sent('mail')).toMatchObject([{ args: [1, 2], priority: 5 }]);
  });

  test('that are immutable ignore what they are given', async () => {
    const { app, sent } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);

    await add.si(1, 2).applyAsync([9], { kwargs: { z: 1 } });

    expect(sent()).toMatchObject([{ args: [1, 2], kwargs: {} }]);
  });

  test('hold keyword arguments, and travel as arguments themselves', async () => {
    const { app, sent } = anApp();
    const add = app.task('shop.add', { params: ['x', 'y'] }, (x: number, y: number) => x + y);

    await app.sendTask('shop.map', [add.signature([], { kwargs: { x: 1 }, countdown: 0 })]);

    expect(sent()[0]?.args).toEqual([
      {
        task: 'shop.add',
        args: [],
        kwargs: { x: 1 },
        options: { countdown: 0 },
        subtask_type: null,
        immutable: false,
      },
    ]);
  });

  test('write their options in the names of the wire', () => {
    const { app } = anApp();
    const onError = app.signature('shop.on_error');
    const signature = app.signature('shop.add', [1], {
      taskId: 'fixed',
      softTimeLimit: 3,
      messageGroupId: 'g',
      linkError: onError,
      shadow: undefined,
    });

    expect(signature.toJSON().options).toEqual({
      task_id: 'fixed',
      soft_time_limit: 3,
      MessageGroupId: 'g',
      link_error: [onError.toJSON()],
    });
  });
});

describe('an app without endpoints', () => {
  test('is made without a complaint, and rejects its first send with the ways out', async () => {
    vi.stubEnv('CELERY_ENDPOINTS', '');
    const add = new Celery('shop').task('shop.add', (x: number, y: number) => x + y);

    const sending = add.delay(1, 2);

    await expect(sending).rejects.toThrow(ImproperlyConfigured);
    await expect(sending).rejects.toThrow(/CELERY_ENDPOINTS.*engine: 'memory'/);
    vi.unstubAllEnvs();
  });

  test('rejects its first read likewise, and asks again the next time', async () => {
    vi.stubEnv('CELERY_ENDPOINTS', '');
    const app = new Celery('shop');

    await expect(app.AsyncResult('x').state()).rejects.toThrow(ImproperlyConfigured);

    vi.stubEnv('CELERY_ENDPOINTS', 'memory');
    expect(await app.AsyncResult('x').state()).toBe('PENDING');
    await app.close();
    vi.unstubAllEnvs();
  });

  test('sends by a broker of its own', async () => {
    const { engine } = anApp();
    const { broker } = engine.adapters();
    const app = new Celery('shop', { broker });

    await app.sendTask('shop.add', [1, 2]);

    expect(engine.messages('celery')).toHaveLength(1);
  });
});

import { describe, expect, test } from 'vitest';
import { chain, chord, group, OperationalError } from '../../../lib/index.ts';
import { aCanvasHost } from './canvas-host.ts';

describe('a chain', () => {
  test('hands each value to the next step, and its result is the last', async () => {
    const { host, add } = aCanvasHost();

    const result = await chain(add.s(1, 2), add.s(10), add.s(100)).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(113);
  });

  test('steps have the first as root, and the one before as parent', async () => {
    const { host, app, add } = aCanvasHost();
    const seen: unknown[] = [];
    app.on('taskPrerun', ({ request }) => {
      seen.push([request.id, request.parentId, request.rootId]);
    });

    const last = await chain(add.s(1, 2), add.s(10)).applyAsync();
    await host.runUntilEmpty();

    const first = last.parent?.id;
    expect(seen).toEqual([
      [first, null, first],
      [last.id, first, first],
    ]);
    expect(host.document(first ?? '')?.children).toEqual([[[last.id, null], null]]);
  });

  test('a failed step fails every later one with the same error', async () => {
    const { host, runs, add, fail } = aCanvasHost();

    const last = await chain(fail.si('no'), add.si(1, 1), add.si(2, 2)).applyAsync();
    await host.runUntilEmpty();

    expect(runs).toEqual(['fail(no)']);
    expect(host.document(last.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'RangeError', exc_message: ['no'] },
    });
    expect(host.document(last.parent?.id ?? '')?.status).toBe('FAILURE');
  });

  test('a revoked step fails every later one', async () => {
    const { host, app, runs, add } = aCanvasHost();
    const last = await chain(add.s(1, 1), add.s(2)).applyAsync([], { countdown: 60 });

    await app.control.revoke(last.parent?.id ?? '');
    await host.runUntilEmpty();

    expect(runs).toEqual([]);
    expect(host.document(last.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'TaskRevokedError' },
    });
  });

  test('a redelivery of a finished step sends the same next step again, under the same id', async () => {
    const { host, runs, add } = aCanvasHost();
    const last = await chain(add.s(1, 2), add.s(10)).applyAsync();
    const { consumer } = host.engine.adapters();
    const first = await consumer.receive('celery', { max: 1, waitSeconds: 0 });
    await host.run(first);

    await host.run(first);
    await host.runUntilEmpty();

    expect(runs).toEqual(['add(1, 2)', 'add(3, 10)']);
    expect(await last.get()).toBe(13);
  });
});

describe('callbacks and errbacks', () => {
  test('a link gets the value in front', async () => {
    const { host, runs, add } = aCanvasHost();

    await add.applyAsync([1, 2], { link: [add.s(10), add.s(20)] });
    await host.runUntilEmpty();

    expect(runs.toSorted()).toEqual(['add(1, 2)', 'add(3, 10)', 'add(3, 20)']);
  });

  test('an errback gets the id of the failed task', async () => {
    const { host, app, fail } = aCanvasHost();
    const told: unknown[] = [];
    const onError = app.task('on_error', (id: string) => void told.push(id));

    const { id } = await fail.applyAsync(['no'], { linkError: onError.s() });
    await host.runUntilEmpty();

    expect(told).toEqual([id]);
  });

  test('a declared errback gets the request, the error and the traceback, and its own arguments', async () => {
    const { host, app, fail } = aCanvasHost();
    const told: unknown[] = [];
    const onError = app.errback('on_error', (request, exc, traceback, ...own) => {
      told.push([request.task, request.args, exc, traceback?.includes('RangeError: no'), own]);
    });

    await fail.applyAsync(['no'], { linkError: onError.s('mine') });
    await host.runUntilEmpty();

    expect(told).toEqual([['fail', ['no'], expect.any(RangeError), true, ['mine']]]);
  });

  test('an errback runs once however often the failure is delivered', async () => {
    const { host, app, fail } = aCanvasHost();
    let calls = 0;
    const onError = app.errback('on_error', () => void calls++);
    await fail.applyAsync(['no'], { linkError: onError.s() });
    const { consumer } = host.engine.adapters();
    const delivery = await consumer.receive('celery', { max: 1, waitSeconds: 0 });
    await host.run(delivery);

    await host.run(delivery);
    await host.runUntilEmpty();

    expect(calls).toBe(1);
  });

  test('a value that no message can carry fails the task instead of losing the callback', async () => {
    const { host, app, add } = aCanvasHost();
    const symbol = app.task('symbol', () => Symbol('no JSON') as unknown as number);

    const { id } = await symbol.applyAsync([], { link: add.s(1) });
    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'EncodeError' },
    });
  });
});

describe('a group', () => {
  test('answers the values of its members in order', async () => {
    const { host, add } = aCanvasHost();

    const result = await group([add.s(1, 1), add.s(2, 2), add.s(3, 3)]).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toEqual([2, 4, 6]);
  });

  test('at the end of a chain gets the value before in each member', async () => {
    const { host, add } = aCanvasHost();

    const result = await chain(add.s(1, 1), group([add.s(10), add.s(20)])).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toEqual([12, 22]);
  });
});

describe('chunks from elsewhere', () => {
  test.for([0, -1, 1.5])('of size %o fail their task', async (n) => {
    const { host, app, add, runs } = aCanvasHost();

    const chunks = { task: add.s().toJSON(), it: [[1, 2]], n };
    const result = await app.sendTask('celery.chunks', [], { kwargs: chunks });
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toThrow(
      `Chunks of 'add' expect how many items a task takes, a whole number from 1 on, got ${n}`,
    );
    expect(runs).toEqual([]);
  });
});

describe('a batch', () => {
  test('sends canvases and calls together, and answers each with its result', async () => {
    const { host, app, add, xsum } = aCanvasHost();

    const [sum, five, all] = await app.sendBatch([
      chord([add.s(1, 1), add.s(2, 2)], xsum.s()),
      add.s(2, 3),
      group([add.s(1, 2), add.s(3, 4)]),
    ]);
    await host.runUntilEmpty();

    expect([await sum.get(), await five.get(), await all.get()]).toEqual([6, 5, [3, 7]]);
  });
});

describe('a chord', () => {
  test('takes one request for each part; its records are read by the one that joins', async () => {
    const { host, add, xsum } = aCanvasHost();
    const requests: string[] = [];
    host.fault = (port, verb) => {
      if (port === 'chords') requests.push(verb);
      return undefined;
    };

    await chord([add.s(1, 1), add.s(2, 2), add.s(3, 3)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    // The one that would complete the count asks first.
    expect(requests.filter((verb) => verb === 'count')).toHaveLength(3 + 1);
    expect(requests.filter((verb) => verb !== 'count')).toEqual([
      'read',
      'claimJoin',
      'markJoined',
    ]);
  });

  test('of a group and what follows it in a chain', async () => {
    const { host, add, xsum } = aCanvasHost();

    const result = await chain(
      add.s(1, 2),
      group([add.s(10), add.s(20)]),
      xsum.s(),
      add.s(1000),
    ).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(1036);
  });

  test('of chains counts by their last steps', async () => {
    const { host, add, xsum } = aCanvasHost();

    const result = await chord(
      [chain(add.s(1, 1), add.s(1)), chain(add.s(2, 2), add.s(2))],
      xsum.s(),
    ).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(9);
  });

  test('with an empty header runs its body at once', async () => {
    const { host, xsum } = aCanvasHost();

    const result = await chord([], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(0);
  });

  test('fails its body with what the first failed part failed with', async () => {
    const { host, app, runs, add, xsum, fail } = aCanvasHost();
    const told: unknown[] = [];
    const onError = app.errback('on_error', ({ id }) => void told.push(id));

    const result = await chord(
      [add.s(1, 1), fail.s('boom'), fail.s('bang')],
      xsum.s().set({ linkError: onError.s() }),
    ).applyAsync();
    await host.runUntilEmpty();

    expect(runs).not.toContainEqual(expect.stringContaining('xsum'));
    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ChordError', exc_message: ["RangeError('boom')"] },
    });
    expect(told).toEqual([result.id]);
  });

  test.for([
    [false, 1],
    [true, 2],
  ] as const)(
    'with taskAllowErrorCbOnChordHeader %s its errbacks are called %s times',
    async ([taskAllowErrorCbOnChordHeader, times]) => {
      const { host, app, add, xsum, fail } = aCanvasHost({
        settings: { taskAllowErrorCbOnChordHeader },
      });
      const told: string[] = [];
      const onError = app.errback('on_error', (request) => void told.push(request.task ?? ''));
      const canvas = chain(add.s(1, 1), chord([fail.si('boom'), add.s(2)], xsum.s()));

      await canvas.onError(onError.s()).applyAsync();
      await chord([fail.s('bang'), add.s(1, 1)], xsum.s())
        .onError(onError.s())
        .delay();
      await host.runUntilEmpty();

      expect(told.filter((task) => task === 'xsum')).toHaveLength(2);
      expect(told.filter((task) => task === 'fail')).toHaveLength(2 * (times - 1));
    },
  );

  test('a part that is revoked does not leave it hanging', async () => {
    const { host, app, add, xsum } = aCanvasHost();
    const part = add.s(1, 1).set({ taskId: 'revoked-part', countdown: 60 });
    const result = await chord([part, add.s(2, 2)], xsum.s()).applyAsync();

    await app.control.revoke('revoked-part');
    await host.runUntilEmpty();

    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ChordError', exc_message: ["TaskRevokedError('revoked')"] },
    });
  });

  test('a part of an unknown name does not leave it hanging', async () => {
    const { host, app, add, xsum } = aCanvasHost();
    const result = await chord(
      [app.signature<number>('nobody'), add.s(2, 2)],
      xsum.s(),
    ).applyAsync();

    await host.runUntilEmpty();

    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ChordError', exc_message: ["NotRegistered('nobody')"] },
    });
  });

  test('keeps what it needs for as long as its latest part takes to start', async () => {
    const { host, add, xsum } = aCanvasHost();
    const days = 86_400;
    const late = add.s(2, 2).set({ countdown: 60 * days });

    const result = await chord([add.s(1, 1), late], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(6);
  });

  test('whose body the queue refuses for the moment sends it later, and fails nothing', async () => {
    const { host, add, xsum } = aCanvasHost();
    const adapters = host.engine.adapters();
    let refusing = false;
    const broker = new Proxy(adapters.broker, {
      get(target, verb) {
        const member: unknown = Reflect.get(target, verb, target);
        if (typeof member !== 'function') return member;
        if (verb !== 'sendBatch' || !refusing) return member.bind(target);
        return async (_: string, messages: readonly unknown[]) =>
          messages.map(() => new OperationalError('throttled'));
      },
    });
    host.app.useAdapters({ ...adapters, broker }, { clock: host.clock, random: host.random });
    const result = await chord([add.s(1, 1), add.s(2, 2)], xsum.s()).applyAsync();

    refusing = true;
    await host.invoke();
    refusing = false;
    await host.runUntilEmpty();

    expect(await result.get()).toBe(6);
  });

  test('every delivery twice runs its body once', async () => {
    const { host, runs, add, xsum } = aCanvasHost();
    const result = await chord([add.s(1, 1), add.s(2, 2)], xsum.s()).applyAsync();
    const { consumer } = host.engine.adapters();
    const parts = await consumer.receive('celery', { max: 10, waitSeconds: 0 });
    await host.run(parts);

    await host.run(parts);
    await host.runUntilEmpty();

    expect(runs.filter((run) => run.startsWith('xsum'))).toEqual(['xsum([2,4])']);
    expect(await result.get()).toBe(6);
  });

  test('a part that is lost between counting and joining is made up for by the check', async () => {
    const { host, runs, add, xsum } = aCanvasHost();
    const result = await chord([add.s(1, 1), add.s(2, 2)], xsum.s()).applyAsync();
    host.fault = (port, verb) => {
      if (port === 'chords' && verb === 'claimJoin') void host.crash();
      return undefined;
    };
    await host.invoke();
    host.fault = () => undefined;
    const { consumer } = host.engine.adapters();
    await host.clock.advanceTo(host.clock.now() + 10 * 60_000);
    for (const part of await consumer.receive('celery', { max: 10, waitSeconds: 0 })) {
      await consumer.delete(part);
    }

    await host.runUntilEmpty('celery.control');
    await host.runUntilEmpty();

    expect(await result.get()).toBe(6);
    expect(runs).toContain('xsum([2,4])');
  });
});

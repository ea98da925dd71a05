import { describe, expect, test } from 'vitest';
import { chain, chord, group, type Self } from '../../../lib/index.ts';
import { decodeEnvelope, decodeTaskMessage } from '../../../lib/protocol/index.ts';
import { decodeBody } from '../../../lib/serializers/index.ts';
import type { FunctionHost, HostOptions } from '../function-host.ts';
import { aCanvasHost } from './canvas-host.ts';

/** A host with a task that adds what `add` says to its chord, and is 1. */
function aHost(options: HostOptions = {}) {
  const given = aCanvasHost(options);
  const { app, runs } = given;
  const adder = (adding: (self: Self) => Promise<unknown>) =>
    app.task('adder', { bind: true }, async (self) => {
      runs.push('adder');
      await adding(self);
      return 1;
    });
  return { ...given, adder };
}

/** The process ends before the request has any effect. */
function lost(host: FunctionHost): Error {
  void host.crash();
  return new Error('The process is gone');
}

describe('self.addToChord', () => {
  test('the body waits for what was added, whose value comes last', async () => {
    const { host, runs, add, xsum, adder } = aHost();
    const task = adder((self) => self.addToChord(add.s(100, 1)));

    const result = await chord([task.s(), add.s(2, 2)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(106);
    expect(runs.at(-1)).toBe('xsum([1,4,101])');
  });

  test('a task that is late is waited for, however early all others end', async () => {
    const { host, runs, add, xsum, adder } = aHost();
    const task = adder((self) => self.addToChord(add.s(100, 1).set({ countdown: 3600 })));

    const result = await chord([task.s(), add.s(2, 2)], xsum.s()).applyAsync();
    await host.invoke();
    await host.invoke();

    expect(runs).toEqual(['adder', 'add(2, 2)']);
    await host.runUntilEmpty();
    expect(await result.get()).toBe(106);
  });

  test('chains and chords can be added, and several', async () => {
    const { host, add, xsum, adder } = aHost();
    const task = adder(async (self) => {
      await self.addToChord(chain(add.s(10, 10), add.s(1)));
      await self.addToChord(chord([add.s(100, 100), add.s(1, 1)], xsum.s()));
      await self.addToChord(add.s(1000, 1));
    });

    const result = await chord([task.s(), add.s(2, 2)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(1 + 4 + 21 + 202 + 1001);
  });

  test('what was added may add', async () => {
    const { host, app, add, xsum, adder } = aHost();
    const second = app.task('second', { bind: true }, async (self) => {
      await self.addToChord(add.s(1000, 1));
      return 100;
    });
    const task = adder((self) => self.addToChord(second.s()));

    const result = await chord([task.s(), add.s(2, 2)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(1 + 4 + 100 + 1001);
  });

  test('it answers the result, which is a child of the adder', async () => {
    const { host, app, add, xsum, adder } = aHost();
    let added: string | undefined;
    const task = adder(async (self) => {
      ({ id: added } = await self.addToChord(add.s(100, 1)));
    });

    await chord([task.s().set({ taskId: 'adder-1' }), add.s(2, 2)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    const children = await app.AsyncResult('adder-1').children();
    expect(children.map(({ id }) => id)).toEqual([added]);
    expect(await app.AsyncResult(added ?? '').get()).toBe(101);
  });

  test.for([
    ['its own', ['adder']],
    ['one that it has added', ['one', 'one']],
  ] as const)('a task id that is %s is refused: the adder fails, and the body', async ([, ids]) => {
    const { host, add, xsum, adder } = aHost();
    const task = adder(async (self) => {
      for (const taskId of ids) await self.addToChord(add.si(100, 1).set({ taskId }));
    });

    const parts = [task.s().set({ taskId: 'adder' }), add.s(2, 2)] as const;
    const result = await chord([...parts], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    await expect(result.get()).rejects.toThrow(`'${ids[0]}'`);
    expect(host.document('adder')).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ImproperlyConfigured' },
    });
  });

  test('a redelivered adder adds the same task, once', async () => {
    const { host, runs, add, xsum, adder } = aHost();
    const task = adder((self) => self.addToChord(add.s(100, 1)));
    const result = await chord([task.s(), add.s(2, 2)], xsum.s()).applyAsync();
    const { consumer } = host.engine.adapters();
    const parts = await consumer.receive('celery', { max: 10, waitSeconds: 0 });
    host.fault = (port, verb) => {
      return port === 'results' && verb === 'store' ? lost(host) : undefined;
    };
    await host.run(parts.slice(0, 1));
    host.fault = () => undefined;

    await host.run(parts);
    await host.runUntilEmpty();

    expect(runs.filter((run) => run === 'adder')).toHaveLength(2);
    expect(runs.filter((run) => run === 'add(100, 1)')).toHaveLength(1);
    expect(await result.get()).toBe(106);
  });

  test('a crash between adding and sending: the redelivery sends it', async () => {
    const { host, app, runs, add, xsum, adder } = aHost();
    const task = adder((self) => self.addToChord(add.s(100, 1)));
    const result = await chord([task.s(), add.s(2, 2)], xsum.s()).applyAsync();
    const stop = app.on('beforeTaskPublish', () => host.crash());
    await host.invoke();
    stop();
    expect(runs).not.toContain('add(100, 1)');

    await host.runUntilEmpty();

    expect(await result.get()).toBe(106);
    expect(runs.at(-1)).toBe('xsum([1,4,101])');
  });

  test('a task that was added and never sent fails the body in the end: nothing hangs', async () => {
    const { host, app, add, xsum, adder } = aHost();
    let times = 0;
    const task = adder(async (self) => {
      times += 1;
      if (times > 1) return;
      await self.addToChord(add.s(100, 1)).catch(() => {});
    });
    const result = await chord([task.s(), add.s(2, 2)], xsum.s()).applyAsync();
    const stop = app.on('beforeTaskPublish', () => host.crash());
    await host.invoke();
    stop();

    await host.runUntilEmpty();
    await host.runUntilEmpty('celery.control', 5000);

    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ChordError', exc_message: [expect.stringContaining('never ended')] },
    });
  });

  test('Python sees the member in the saved group, by whose size it counts', async () => {
    const { host, app, add, xsum, adder } = aHost();
    const task = adder((self) => self.addToChord(add.s(100, 1)));
    await chord([task.s(), add.s(2, 2).set({ countdown: 60 })], xsum.s()).applyAsync();
    await host.invoke();

    const [message] = host.engine.messages('celery').map(({ body }) => {
      const envelope = decodeEnvelope(body);
      return decodeTaskMessage(envelope, decodeBody(envelope, ['json']));
    });

    const saved = await app.restoreGroup(message?.group ?? '');
    expect(saved?.length).toBe(3);
  });

  test('a group cannot be added', async () => {
    const { host, add, xsum, adder } = aHost();
    const task = adder((self) => self.addToChord(group([add.s(1, 1)])));

    const result = await chord([task.s(), add.s(2, 2)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_message: [expect.stringContaining('one by one')] },
    });
  });

  test('a task that is no part of a chord can add nothing', async () => {
    const { host, add, adder } = aHost();
    const task = adder((self) => self.addToChord(add.s(100, 1)));

    const { id } = await task.delay();
    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: {
        exc_type: 'ImproperlyConfigured',
        exc_message: [expect.stringContaining('not a part of a chord')],
      },
    });
  });

  test('in native mode it is refused: the parts count to a size that they were sent with', async () => {
    const { host, add, xsum, adder } = aHost({ settings: { canvasMode: 'native' } });
    const task = adder((self) => self.addToChord(add.s(100, 1)));

    const result = await chord([task.s(), add.s(2, 2)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_message: [expect.stringContaining("canvasMode: 'native'")] },
    });
  });

  test('to a chord that is joined nothing is added', async () => {
    const { host, add, xsum, adder } = aHost();
    const task = adder(async (self) => {
      await host.engine.adapters().chords.markJoined(self.request.group ?? '');
      await self.addToChord(add.s(100, 1));
    });

    await chord([task.s().set({ taskId: 'late' }), add.s(2, 2)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(host.document('late')).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ChordError', exc_message: [expect.stringContaining('is joined')] },
    });
  });
});

describe('self.addTrail', () => {
  test('counts a task that others sent among the children', async () => {
    const { host, app, add } = aHost();
    const other = await add.delay(1, 1);
    const task = app.task('task', { bind: true }, (self) => self.addTrail(other));

    const result = await task.delay();
    await host.runUntilEmpty();

    expect((await result.children()).map(({ id }) => id)).toEqual([other.id]);
  });
});

describe('a part that starts far later than its chord knew', () => {
  test.for(['compatible', 'native'] as const)(
    'has its records, and the results of the other parts, wait for it (%s)',
    async (canvasMode) => {
      const { host, app, runs, add, xsum } = aHost({ settings: { canvasMode } });
      const later = app.task('later', { bind: true }, (self): number => {
        if (self.request.retries === 0) self.retry({ countdown: 40 * 86_400 });
        return 100;
      });
      const early = add.s(2, 2).set({ countdown: 3 * 86_400 });

      const result = await chord(
        [chain(later.s(), add.s(1)), early, add.s(3, 3)],
        xsum.s(),
      ).delay();
      await host.runUntilEmpty();

      expect(runs.at(-1)).toBe('xsum([101,4,6])');
      expect(await result.get()).toBe(111);
    },
  );

  test('so do those of the chord that its chord is a part of', async () => {
    const { host, app, add, xsum } = aHost();
    const later = app.task('later', { bind: true }, (self): number => {
      if (self.request.retries === 0) self.retry({ countdown: 40 * 86_400 });
      return 100;
    });
    const inner = chord([later.s(), add.s(2, 2)], xsum.s());

    const result = await chord([inner, add.s(3, 3)], xsum.s()).delay();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(110);
  });
});

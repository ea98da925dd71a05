import { describe, expect, test } from 'vitest';
import { chain, chord, currentTask, group, type Signature } from '../../../lib/index.ts';
import type { FunctionHost, HostOptions } from '../function-host.ts';
import { aCanvasHost } from './canvas-host.ts';

/** A host with a task that replaces itself. */
function aHost(options: HostOptions = {}) {
  const given = aCanvasHost(options);
  const { app, runs } = given;
  /** Replaces itself by what `by` makes. */
  const replacing = (by: (x: number) => Signature<[], number>, more: object = {}) =>
    app.task('replacing', { bind: true, ...more }, (self, x: number): number => {
      runs.push(`replacing(${x})`);
      return self.replace(by(x));
    });
  return { ...given, replacing };
}

/** Delivers the next message twice: the second time after all that it led to. */
async function deliverAgainAtTheEnd(host: FunctionHost): Promise<void> {
  const { consumer } = host.engine.adapters();
  const first = await consumer.receive('celery', { max: 1, waitSeconds: 0 });
  await host.run(first);
  await host.runUntilEmpty();
  await host.run(first);
  await host.runUntilEmpty();
}

describe('self.replace', () => {
  test('has another task go on under the id; nothing is stored of the first', async () => {
    const { host, runs, add, replacing } = aHost();
    const task = replacing((x) => add.s(x, 1));

    const result = await task.delay(5);
    await host.invoke();
    expect(host.document(result.id)).toBeUndefined();
    await host.runUntilEmpty();

    expect(runs).toEqual(['replacing(5)', 'add(5, 1)']);
    expect(await result.get()).toBe(6);
  });

  test('the replacement has the place of the task: root, parent, group, stamps of its own, nesting', async () => {
    const { host, app, runs, add, replacing } = aHost();
    const seen: unknown[] = [];
    app.on('taskPrerun', ({ request }) => {
      const { id, rootId, parentId, group, groupIndex, replacedTaskNesting } = request;
      seen.push({ id, rootId, parentId, group, groupIndex, replacedTaskNesting });
    });
    const task = replacing((x) => add.s(x, 1));

    const result = await group([task.s(5), add.s(1, 1)]).applyAsync();
    await host.runUntilEmpty();

    const [first] = result.results;
    const place = { id: first.id, rootId: first.id, group: result.id, groupIndex: 0 };
    expect(seen).toContainEqual({ ...place, parentId: null, replacedTaskNesting: 0 });
    expect(seen).toContainEqual({ ...place, parentId: first.id, replacedTaskNesting: 1 });
    expect(await result.get()).toEqual([6, 2]);
    expect(runs).toContain('add(5, 1)');
  });

  test('by a chain, within a chain: the rest follows its last step', async () => {
    const { host, runs, add, replacing } = aHost();
    const task = replacing((x) => chain(add.s(x, 1), add.s(10)));

    const result = await chain(add.s(1, 1), task.s(), add.s(100)).applyAsync();
    await host.runUntilEmpty();

    expect(runs).toEqual(['add(1, 1)', 'replacing(2)', 'add(2, 1)', 'add(3, 10)', 'add(13, 100)']);
    expect(await result.get()).toBe(113);
    expect(await result.parent?.get()).toBe(13);
  });

  test('by a group, within a chain: the values are collected for the next step', async () => {
    const { host, app, add, xsum } = aHost();
    const task = app.task('replacing', { bind: true }, (self, x: number): number[] =>
      self.replace(group([add.s(x, 1), add.s(x, 2)])),
    );

    const result = await chain(task.s(5), xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(13);
    expect(await result.parent?.get()).toEqual([6, 7]);
  });

  test('as a part of a chord: the body gets the value of what took its place', async () => {
    const { host, runs, add, xsum, replacing } = aHost();
    const task = replacing((x) => chain(add.s(x, 1), add.s(10)));

    const result = await chord([task.s(5), add.s(2, 2)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(20);
    expect(runs.at(-1)).toBe('xsum([16,4])');
  });

  test('callbacks and errbacks go over', async () => {
    const { host, app, runs, add, fail, replacing } = aHost();
    const told: string[] = [];
    const onError = app.task('on_error', (id: string) => void told.push(id));
    const task = replacing((x) => (x > 0 ? add.s(x, 1) : fail.s('no')));
    const options = { link: add.s(100), linkError: onError.s() };

    await task.applyAsync([5], options);
    const failed = await task.applyAsync([0], options);
    await host.runUntilEmpty();

    expect(runs).toContain('add(6, 100)');
    expect(told).toEqual([failed.id]);
  });

  test('the replacement may be replaced, and retried', async () => {
    const { host, app, runs, add } = aHost();
    const flaky = app.task('flaky', { bind: true }, (self, x: number): number => {
      runs.push(`flaky(${x}) ${self.request.retries}`);
      if (self.request.retries === 0) self.retry({ countdown: 1 });
      return self.replace(add.s(x, 1));
    });
    const task = app.task('twice', { bind: true }, (self, x: number): number => {
      runs.push(`twice(${x}) ${self.request.retries}`);
      if (self.request.retries === 0) self.retry({ countdown: 1 });
      return self.replace(flaky.s(x));
    });

    const result = await task.delay(5);
    await host.runUntilEmpty();

    expect(runs).toEqual(['twice(5) 0', 'twice(5) 1', 'flaky(5) 0', 'flaky(5) 1', 'add(5, 1)']);
    expect(await result.get()).toBe(6);
  });

  test('a redelivery before anything is stored replaces again, under the same ids', async () => {
    const { host, runs, add, replacing } = aHost();
    const task = replacing((x) => chain(add.s(x, 1), add.s(10)));
    const result = await task.delay(5);
    const { consumer } = host.engine.adapters();
    const first = await consumer.receive('celery', { max: 1, waitSeconds: 0 });
    await host.run(first);

    await host.run(first);
    await host.runUntilEmpty();

    expect(runs).toEqual(['replacing(5)', 'replacing(5)', 'add(5, 1)', 'add(6, 10)']);
    expect(await result.get()).toBe(16);
  });

  test('a redelivery after the replacement has ended runs and follows nothing', async () => {
    const { host, runs, add, replacing } = aHost();
    const task = replacing((x) => add.s(x, 1).set({ link: add.s(20) }));
    const result = await task.applyAsync([5], { link: add.s(10) });

    await deliverAgainAtTheEnd(host);

    expect(runs.toSorted()).toEqual(['add(5, 1)', 'add(6, 10)', 'add(6, 20)', 'replacing(5)']);
    expect(await result.get()).toBe(6);
  });

  test('a redelivery after the replacement has failed calls no errback again', async () => {
    const { host, app, add, fail, replacing } = aHost();
    let calls = 0;
    const onError = app.task('on_error', (_id: string) => void calls++);
    const task = replacing(() => chain(fail.s('no'), add.si(1, 1)));
    await task.applyAsync([5], { linkError: onError.s() });

    await deliverAgainAtTheEnd(host);

    expect(calls).toBe(1);
  });

  test('a crash between sending and settling loses nothing', async () => {
    const { host, app, runs, add, replacing } = aHost();
    const task = replacing((x) => add.s(x, 1));
    const result = await task.delay(5);
    const stop = app.on('afterTaskPublish', () => host.crash());
    await host.invoke();
    stop();

    await host.runUntilEmpty();

    expect(runs.toSorted()).toEqual(['add(5, 1)', 'replacing(5)']);
    expect(await result.get()).toBe(6);
  });

  test.for([
    ['exactly once', { exactlyOnce: 'lease' }],
    ['at most once', { acksLate: false }],
  ] as const)('under a lease, %s, a redelivery does not even run it again', async ([, once]) => {
    const { host, runs, add, replacing } = aHost();
    const task = replacing((x) => add.s(x, 1), once);
    const result = await task.delay(5);
    const { consumer } = host.engine.adapters();
    const first = await consumer.receive('celery', { max: 1, waitSeconds: 0 });
    await host.run(first);

    await host.run(first);
    await host.runUntilEmpty();

    expect(runs).toEqual(['replacing(5)', 'add(5, 1)']);
    expect(await result.get()).toBe(6);
  });

  test('under a lease, what takes its place starts soon after the lease is given back', async () => {
    const { host, app, runs, add, replacing } = aHost();
    const task = replacing((x) => add.s(x, 1), { exactlyOnce: 'lease' });
    const result = await task.delay(5);
    const sentAt = host.clock.now();
    const early: Promise<number>[] = [];
    host.slow = (_, verb) => (verb === 'changeLease' ? 1500 : 0);
    app.on('afterTaskPublish', () => {
      early.push(host.invoke());
    });

    await host.invoke();
    expect(await Promise.all(early)).toEqual([1]);
    await host.runUntilEmpty();

    expect(runs).toEqual(['replacing(5)', 'add(5, 1)']);
    expect(await result.get()).toBe(6);
    expect(host.clock.now() - sentAt).toBeLessThan(5_000);
  });

  test('what can never be sent fails the task', async () => {
    const { host, add, replacing } = aHost();
    const task = replacing(() => add.s(Symbol('no JSON') as unknown as number, 1));

    const { id } = await task.delay(5);
    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'EncodeError' },
    });
  });

  test('an empty chain is refused where it is replaced', async () => {
    const { host, replacing } = aHost();
    const task = replacing(() => chain() as unknown as Signature<[], number>);

    const { id } = await task.delay(5);
    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ImproperlyConfigured', exc_message: [expect.stringContaining('empty')] },
    });
  });

  test('a task called as a plain function has no place to be taken', async () => {
    const { add, replacing } = aHost();
    const task = replacing((x) => add.s(x, 1));

    expect(() => task(5)).toThrow('was called as a plain function');
  });

  test('a task sees what is to follow it', async () => {
    const { host, app, add, xsum } = aHost();
    let seen: unknown;
    const task = app.task('task', () => {
      const { chain, chord, callbacks, errbacks } = currentTask()?.request ?? {};
      seen = { chain: chain?.length, chord: chord?.task, callbacks, errbacks };
      return 1;
    });

    await chord([chain(task.s(), add.s(1)), add.s(1, 1)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(seen).toEqual({ chain: 1, chord: undefined, callbacks: null, errbacks: null });
  });

  test('in native mode the stored rest of a chain, and the stored body of a chord, follow what took its place', async () => {
    const { host, add, xsum, replacing } = aHost({ settings: { canvasMode: 'native' } });
    const task = replacing((x) => chain(add.s(x, 1), add.s(10)));
    const rest = Array.from({ length: 12 }, () => add.s(100));

    const result = await chain(task.s(5), ...rest).applyAsync();
    const joined = await chord([task.s(5), chain(task.s(6), add.s(1))], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect([await result.get(), await joined.get()]).toEqual([1216, 16 + 18]);
  });
});

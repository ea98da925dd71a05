import { describe, expect, test } from 'vitest';
import { chain, chord, group, ImproperlyConfigured } from '../../../lib/index.ts';
import type { HostOptions } from '../function-host.ts';
import { aCanvasHost } from './canvas-host.ts';

type Pairs = [number, number][];

/** Chunks of two, and a task that answers what it is handed. */
function aHost(options: HostOptions = {}) {
  const given = aCanvasHost(options);
  const same = given.app.task('same', (value: unknown) => value);
  const chunks = (pairs: Pairs) => given.add.chunks(pairs, 2);
  return { ...given, same, chunks };
}

type Host = ReturnType<typeof aHost>;

/** What comes of a number of pairs: the values of their chunks. */
const cases: readonly (readonly [name: string, pairs: Pairs, values: number[][]])[] = [
  ['none', [], []],
  ['one chunk', [[1, 1]], [[2]]],
  [
    'two chunks',
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
    [[2, 4], [6]],
  ],
];

describe.for(cases)(
  'chunks in a canvas hand on their values, of items of %s',
  ([, pairs, values]) => {
    const on =
      (canvas: (given: Host) => Applicable, given: Host = aHost()) =>
      async () => {
        const result = await canvas(given).applyAsync();
        await given.host.runUntilEmpty();
        const eagerly = await canvas(given).runEagerly();
        return [await result.get(), await eagerly.get()];
      };
    const both = (value: unknown) => [value, value];

    test('first in a chain', async () => {
      const run = on(({ chunks, same }) => chain(chunks(pairs), same.s()));

      expect(await run()).toEqual(both(values));
    });

    test('in a chain', async () => {
      const run = on(({ add, chunks, same }) => chain(add.s(1, 2), chunks(pairs), same.s()));

      expect(await run()).toEqual(both(values));
    });

    test('last in a chain', async () => {
      const run = on(({ add, chunks }) => chain(add.s(1, 2), chunks(pairs)));

      expect(await run()).toEqual(both(values));
    });

    test('alone in a chain', async () => {
      const run = on(({ chunks }) => chain(chunks(pairs)));

      expect(await run()).toEqual(both(values));
    });

    test('before and behind a pipe', async () => {
      const run = on(({ chunks, same }) => chunks(pairs).pipe(same.si(0), chunks(pairs), same.s()));

      expect(await run()).toEqual(both(values));
    });

    test('as the header of a chord', async () => {
      const run = on(({ chunks, same }) => chord(chunks(pairs), same.s()));

      expect(await run()).toEqual(both(values));
    });

    test('among the header of a chord, turned around as each group there is', async () => {
      const run = on(({ add, chunks, same }) => chord([chunks(pairs), add.s(1, 2)], same.s()));

      expect(await run()).toEqual(both([...values.toReversed(), 3]));
    });

    test('as the body of a chord', async () => {
      const run = on(({ add, chunks }) => chord([add.s(1, 2), add.s(3, 4)], chunks(pairs)));

      expect(await run()).toEqual(both(values));
    });

    test('in a group, one by one', async () => {
      const run = on(({ add, chunks }) => group([chunks(pairs), add.s(1, 2)]));

      expect(await run()).toEqual(both([...values, 3]));
    });

    test('in a native chain', async () => {
      const native = aHost({ settings: { canvasMode: 'native' } });
      const run = on(
        ({ add, chunks, same }) => chain(add.s(1, 2), chunks(pairs), same.s()),
        native,
      );

      expect(await run()).toEqual(both(values));
    });

    test('in place of a task', async () => {
      const given = aHost();
      const task = given.app.task('replaced', { bind: true }, (self) =>
        self.replace(given.chunks(pairs)),
      );

      expect(await on(({ same }) => chain(task.s(), same.s()), given)()).toEqual(both(values));
    });
  },
);

interface Applicable {
  applyAsync(): Promise<{ get(): Promise<unknown> }>;
  runEagerly(): Promise<{ get(): Promise<unknown> }>;
}

describe('chunks in a canvas', () => {
  test('keep their options', async () => {
    const { host, chunks, same } = aHost();
    const fast = chunks([
      [1, 1],
      [2, 2],
      [3, 3],
    ]).set({ priority: 7 });

    await chain(fast, same.s()).applyAsync();

    const priorities = host.engine
      .messages('celery')
      .map(({ body }) => JSON.parse(body).properties);
    expect(priorities).toMatchObject([{ priority: 7 }, { priority: 7 }]);
  });

  test('are the task of that name where its arguments are given by place', () => {
    const { app, add, same } = aHost();
    const named = app.signature('celery.chunks', [add.s().toJSON(), [[1, 1]], 2]);

    expect(chain(named, same.s()).toJSON().kwargs.tasks).toMatchObject([
      { task: 'celery.chunks', args: [{ task: 'add' }, [[1, 1]], 2] },
      { task: 'same' },
    ]);
  });

  test('are refused where a group is: as one part more of a chord', async () => {
    const { host, app, xsum, chunks } = aHost();
    const adder = app.task('adder', { bind: true }, async (self) => {
      await self.addToChord(chunks([[1, 1]]) as never);
      return 1;
    });

    await chord([adder.s().set({ taskId: 'adder' })], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    await expect(app.AsyncResult('adder').get()).rejects.toThrow(ImproperlyConfigured);
  });

  test('are a task that answers ids, as in Celery, where Python has put them into a chain', async () => {
    const { host, app, add, same, chunks } = aHost();
    const rest = [same.s().set({ taskId: 'last' }).toJSON()];
    const sent = chunks([[1, 1]]).toJSON();

    await app.apply({ ...add.s(1, 2).toJSON(), options: { chain: [...rest, sent] } }, {});
    await host.runUntilEmpty();

    const id = expect.any(String);
    expect(await app.AsyncResult('last').get()).toEqual([[id, null], [[[id, null], null]]]);
  });
});

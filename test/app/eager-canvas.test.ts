import { describe, expect, test } from 'vitest';
import {
  type AsyncResult,
  chain,
  chord,
  EncodeError,
  type GroupResult,
  group,
  Ignore,
  Reject,
} from '../../lib/index.ts';
import { canvasTasks } from '../support/canvas-tasks.ts';
import { anApp } from './support.ts';

/** An application whose calls run in this process. */
function anEagerApp(settings: Parameters<typeof anApp>[0] = {}) {
  const { app, sent } = anApp({ taskAlwaysEager: true, ...settings });
  return { app, sent, ...canvasTasks(app) };
}

async function statesOf(results: readonly AsyncResult[]): Promise<string[]> {
  return await Promise.all(results.map((result) => result.state()));
}

describe('canvas with taskAlwaysEager', () => {
  test('a chain has ended when it is answered, and so has each step before', async () => {
    const { sent, add } = anEagerApp();

    const result = await chain(add.s(1, 2), add.s(10), add.s(100)).applyAsync();

    expect(await result.get()).toBe(113);
    expect(await result.parent?.get()).toBe(13);
    expect(await result.parent?.parent?.get()).toBe(3);
    expect(sent()).toEqual([]);
  });

  test('steps know their root and their parent, and are children', async () => {
    const { app, add } = anEagerApp();
    const seen: unknown[] = [];
    app.on('taskPrerun', ({ request: { id, parentId, rootId, isEager } }) => {
      seen.push([id, parentId, rootId, isEager]);
    });

    const last = await chain(add.s(1, 2), add.s(10)).applyAsync();

    const first = last.parent as AsyncResult;
    expect(seen).toEqual([
      [first.id, null, first.id, true],
      [last.id, first.id, first.id, true],
    ]);
    const [child] = await first.children();
    expect([child?.id, await child?.get()]).toEqual([last.id, 13]);
  });

  test('a group answers the values of its members, one after another', async () => {
    const { runs, add } = anEagerApp();

    const result = await group([
      chain(add.s(1, 1), add.s(10)),
      add.s(2, 2),
      add.s(3, 3),
    ]).applyAsync();

    expect(await (result as GroupResult).completedCount()).toBe(3);
    expect(await result.get()).toEqual([12, 4, 6]);
    expect(runs).toEqual(['add(1, 1)', 'add(2, 10)', 'add(2, 2)', 'add(3, 3)']);
  });

  test('a chord runs its body with the values of its parts, chords and chains among them', async () => {
    const { add, xsum } = anEagerApp();

    const inner = chord([add.s(1, 1), add.s(2, 2)], xsum.s());
    const steps = chain(add.s(10, 10), add.s(10));
    const result = await chain(group([inner, steps]), xsum.s(), add.s(1000)).applyAsync();

    expect(await result.get()).toBe(1036);
  });

  test('a failed part fails the body, and its errbacks run', async () => {
    const { app, runs, add, xsum, fail } = anEagerApp();
    const told: unknown[] = [];
    const onError = app.errback('on_error', ({ id }, exc) => void told.push([id, exc.message]));

    const result = await chord(
      [add.s(1, 1), fail.s('boom'), add.s(2, 2)],
      xsum.s().set({ linkError: onError.s() }),
    ).applyAsync();

    await expect(result.get()).rejects.toThrow("RangeError('boom')");
    expect(runs).toEqual(['add(1, 1)', 'fail(boom)', 'add(2, 2)']);
    expect(told).toEqual([[result.id, "RangeError('boom')"]]);
  });

  test('a failed step fails every later one with its very error', async () => {
    const { runs, add, fail } = anEagerApp();

    const last = await chain(fail.si('no'), add.si(1, 1), add.si(2, 2)).applyAsync();

    expect(runs).toEqual(['fail(no)']);
    expect(await statesOf([last, last.parent as AsyncResult])).toEqual(['FAILURE', 'FAILURE']);
    await expect(last.get()).rejects.toThrow(RangeError);
  });

  test.for([
    ['Ignore', 'IGNORED', new Ignore()],
    ['Reject', 'REJECTED', new Reject('bad')],
  ] as const)(
    'nothing follows a step that throws %s, and every later one ends as %s',
    async ([, state, thrown]) => {
      const { app, runs, add } = anEagerApp({ taskEagerPropagates: true });
      const told: unknown[] = [];
      const onError = app.errback('on_error', ({ id }) => void told.push(id));
      const quiet = app.task('quiet', (_value: number): number => {
        throw thrown;
      });
      const step = quiet.s().set({ link: add.s(7), linkError: onError.s() });

      const last = await chain(add.s(1, 2), step, add.s(10)).applyAsync();

      const middle = last.parent as AsyncResult;
      const all = [last, middle, middle.parent as AsyncResult];
      expect(await statesOf(all)).toEqual([state, state, 'SUCCESS']);
      expect(await last.get()).toBeNull();
      expect(runs).toEqual(['add(1, 2)']);
      expect(told).toEqual([]);
    },
  );

  test('of a part that throws Ignore or Reject, groups and bodies of chords get null', async () => {
    const { app, add } = anEagerApp();
    const told: unknown[] = [];
    const body = app.task('body', (values: unknown[]) => void told.push(values));
    const quiet = app.task('quiet', (): number => {
      throw new Ignore();
    });
    const picky = app.task('picky', (): number => {
      throw new Reject('bad');
    });
    const parts = () => [add.s(1, 1), quiet.s(), chain(picky.s(), add.s(1)), add.s(2, 2)];

    const members = (await group(parts()).applyAsync()) as unknown as GroupResult<unknown[]>;
    const joined = await chord(parts(), body.s()).applyAsync();

    expect(await members.get()).toEqual([2, null, null, 4]);
    expect([await members.ready(), await members.completedCount()]).toEqual([true, 2]);
    expect([await members.state(), await members.successful()]).toEqual(['REJECTED', false]);
    expect(told).toEqual([[2, null, null, 4]]);
    expect(await joined.state()).toBe('SUCCESS');
  });

  test('links get the value, errbacks the failure, with its request and its error', async () => {
    const { app, runs, add, fail } = anEagerApp();
    const told: unknown[] = [];
    const onError = app.errback('on_error', (request, exc, traceback) => {
      told.push([request.task, request.args, exc, traceback?.includes('no')]);
    });

    await add.applyAsync([1, 2], { link: [add.s(10), add.s(20)] });
    await fail.applyAsync(['no'], { linkError: onError.s() });

    expect(runs).toEqual(['add(1, 2)', 'add(3, 10)', 'add(3, 20)', 'fail(no)']);
    expect(told).toEqual([['fail', ['no'], expect.any(RangeError), true]]);
  });

  test('map, starmap and chunks run their tasks', async () => {
    const { add, xsum } = anEagerApp();
    const pairs: [number, number][] = [
      [1, 1],
      [2, 2],
      [3, 3],
    ];

    expect(await (await xsum.map([[1, 2], [3]]).delay()).get()).toEqual([3, 3]);
    expect(await (await add.starmap(pairs).delay()).get()).toEqual([2, 4, 6]);
    expect(await (await add.chunks(pairs, 2).delay()).get()).toEqual([[2, 4], [6]]);
  });

  test('self.replace: another goes on under the id, and what was to follow follows it', async () => {
    const { app, runs, add, xsum } = anEagerApp();
    const twice = app.task('twice', { bind: true }, (self, x: number): number[] =>
      self.replace(group([add.s(x, x), add.s(x, 1)])),
    );

    const result = await chain(twice.s(5), xsum.s(), add.s(100)).applyAsync();

    expect(await result.get()).toBe(116);
    expect(await result.parent?.parent?.get()).toEqual([10, 6]);
    expect(runs.at(-1)).toBe('add(16, 100)');
  });

  test('self.addToChord: the value comes last', async () => {
    const { app, runs, add, xsum } = anEagerApp();
    const adder = app.task('adder', { bind: true }, async (self) => {
      await self.addToChord(add.s(100, 1));
      return 1;
    });

    const result = await chord([adder.s(), add.s(2, 2)], xsum.s()).applyAsync();

    expect(await result.get()).toBe(106);
    expect(runs.at(-1)).toBe('xsum([1,4,101])');
  });

  test('a task that this application does not have fails', async () => {
    const { app, add } = anEagerApp();

    const result = await chain(app.signature<number>('nobody'), add.s(1)).applyAsync();

    await expect(result.get()).rejects.toThrow('nobody');
  });

  test('a value that no message can carry fails the task, where another gets it', async () => {
    const { app, add } = anEagerApp();
    const symbol = app.task('symbol', () => Symbol('no JSON') as unknown as number);

    expect(await (await symbol.delay()).state()).toBe('SUCCESS');
    const result = await symbol.applyAsync([], { link: add.s(1) });

    await expect(result.get()).rejects.toThrow(EncodeError);
  });

  test('with taskEagerPropagates the first error of a canvas rejects the call', async () => {
    const { add, fail } = anEagerApp({ taskEagerPropagates: true });

    await expect(chain(fail.si('no'), add.s(1)).applyAsync()).rejects.toThrow(RangeError);
  });
});

describe('runEagerly', () => {
  test('follows links in this process, and sends nothing', async () => {
    const { sent, runs, add } = anEagerApp({ taskAlwaysEager: false });

    const result = await add.runEagerly([1, 2], { link: add.s(10) });

    expect([await result.get(), runs]).toEqual([3, ['add(1, 2)', 'add(3, 10)']]);
    expect(sent()).toEqual([]);
  });

  test('runs signatures of all kinds, with what is put in front of them', async () => {
    const { sent, add, xsum } = anEagerApp({ taskAlwaysEager: false });

    const results = [
      await add.s(2).runEagerly([1]),
      await chain(add.s(2), add.s(10)).runEagerly([1]),
      await group([add.s(1), add.s(2)]).runEagerly([10]),
      await chord([add.s(1), add.s(2)], xsum.s()).runEagerly([10]),
    ];

    expect(await Promise.all(results.map((result) => result.get()))).toEqual([3, 13, [11, 12], 23]);
    expect(sent()).toEqual([]);
  });

  test('keeps errors in results, whatever taskEagerPropagates says', async () => {
    const { add, fail } = anEagerApp({ taskAlwaysEager: false, taskEagerPropagates: true });

    const result = await chain(fail.si('no'), add.s(1)).runEagerly();

    expect(await result.state()).toBe('FAILURE');
  });
});

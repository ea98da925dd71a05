import { describe, expect, test } from 'vitest';
import { chain, chord, group } from '../../../lib/index.ts';
import { aCanvasHost } from './canvas-host.ts';

/** A host with one known queue, and tasks whose values or arguments fill a message. */
function aHost(canvasMode: 'compatible' | 'native') {
  const only = { taskQueues: [{ name: 'celery' }], taskCreateMissingQueues: false };
  const parts = aCanvasHost({ settings: { ...only, canvasMode } });
  const { app, runs } = parts;
  const big = app.task('big', (kB: number) => 'x'.repeat(kB * 1000));
  const sizes = app.task('sizes', (texts: readonly string[]) => texts.map(({ length }) => length));
  const join = app.task('join', (one: string, other: string) => one.length + other.length);
  const onError = app.task('on_error', (id: string) => {
    runs.push(`on_error(${id})`);
  });
  return { ...parts, big, sizes, join, onError };
}

describe.for(['compatible', 'native'] as const)('what can never be sent, in %s mode,', (mode) => {
  test('fails a chord whose values no message can carry', async () => {
    const { host, big, sizes, onError, runs } = aHost(mode);

    const parts = Array.from({ length: 5 }, () => big.s(300));
    const result = await chord(parts, sizes.s().onError(onError.s())).delay();
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toThrow(/^Callback error: EncodeError/);
    expect(runs).toEqual([`on_error(${result.id})`]);
  });

  test('fails the members of a group that is the body of such a chord', async () => {
    const { host, big, sizes } = aHost(mode);

    const parts = Array.from({ length: 5 }, () => big.s(300));
    const result = await chord(parts, group([sizes.s(), sizes.s()])).delay();
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toThrow(
      /^A call of sizes makes a message of 1\d{6} bytes/,
    );
  });

  test('fails a step whose successor no message can carry, and all later ones', async () => {
    const { host, add, big, join } = aHost(mode);

    const result = await chain(big.s(390), join.s('y'.repeat(900_000)), add.s(1)).delay();
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toMatchObject({ name: 'EncodeError' });
  });

  test.for([{ queue: 'other' }, { compression: 'bzip2' }, { exchange: 'nope' }])(
    'leaves out an errback with %o, and no other',
    async (unknown) => {
      const { host, add, fail, xsum, onError, runs } = aHost(mode);

      const part = fail.s('no').onError(onError.s().set(unknown)).onError(onError.s());
      const body = xsum.s().onError(onError.s().set(unknown)).onError(onError.s());
      const result = await chain(chord([part, add.s(1, 1)], body), add.s(1)).delay();
      await host.runUntilEmpty();

      await expect(result.get({ timeout: 1 })).rejects.toMatchObject({ name: 'ChordError' });
      expect(runs.filter((run) => run.startsWith('on_error'))).toHaveLength(2);
    },
  );

  test('leaves a chord around a chord to fail, too', async () => {
    const { host, add, fail, xsum, onError } = aHost(mode);

    const inner = chord(
      [fail.s('no'), add.s(1, 1)],
      xsum.s().onError(onError.s().set({ queue: 'other' })),
    );
    const result = await chord([inner, add.s(1, 1)], xsum.s()).delay();
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toMatchObject({ name: 'ChordError' });
  });
});

describe("code of the application's own that throws", () => {
  const bug = () => {
    throw new TypeError('a bug');
  };
  const settings = {
    taskRoutes: (name: string) => (name === 'odd' ? bug() : undefined),
  };

  /** A host whose task `odd` cannot be sent. */
  function anOddHost() {
    const parts = aCanvasHost({ settings });
    const odd = parts.app.task('odd', (value: unknown) => value);
    return { ...parts, odd };
  }

  test('fails the task that it was to follow, which ran once', async () => {
    const { host, add, odd, runs } = anOddHost();

    const result = await add.applyAsync([1, 2], { link: odd.s() });
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toMatchObject({ name: 'TypeError' });
    expect([runs, host.letters()]).toEqual([['add(1, 2)'], []]);
  });

  test('fails a chord whose body it was to send', async () => {
    const { host, add, odd } = anOddHost();

    const result = await chord([add.s(1, 1), add.s(2, 2)], odd.s()).delay();
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toThrow(/^Callback error: TypeError/);
  });

  test('leaves an errback out', async () => {
    const { host, fail, odd } = anOddHost();

    const result = await fail.s('no').onError(odd.s()).delay();
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toMatchObject({ name: 'RangeError' });
    expect(host.letters()).toEqual([]);
  });
});

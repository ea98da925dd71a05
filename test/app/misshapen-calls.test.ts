import { describe, expect, test } from 'vitest';
import { type Celery, ImproperlyConfigured } from '../../lib/index.ts';
import { anApp } from './support.ts';

/** What a producer in JavaScript, or with data from elsewhere, may do. */
type Untyped = Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;

function untyped(app: Celery): Untyped {
  return app as unknown as Untyped;
}

describe('a call of the wrong shape is refused before anything is sent:', () => {
  test.for<readonly [args: readonly unknown[], says: string]>([
    [[''], "A call expects the name of its task, a text such as 'shop.add', got ''"],
    [[5], "a text such as 'shop.add', got 5"],
    [['t', 'ab'], "A call of 't' expects a list of its arguments, got 'ab'"],
    [['t', { length: 1 }], "A call of 't' expects a list of its arguments, got { length: 1 }"],
    [['t', null], "A call of 't' expects a list of its arguments, got null"],
    [['t', [], { kwargs: [1] }], "A call of 't' expects a plain object as kwargs, got [ 1 ]"],
    [['t', [], { kwargs: null }], 'a plain object as kwargs, got null'],
    [['t', [], { kwargs: new Map() }], 'a plain object as kwargs, got Map(0) {}'],
    [['t', [], 5], "A call of 't' expects a plain object of call options, got 5"],
    [['t', [], null], 'a plain object of call options, got null'],
    [
      ['t', [], { headers: new Map([['a', 1]]) }],
      "'headers' of a call of 't' expects a plain object",
    ],
    [['t', [], { headers: [1] }], "'headers' of a call of 't' expects a plain object, got [ 1 ]"],
    [['t', [], { headers: new Date(0) }], "'headers' of a call of 't' expects a plain object"],
  ])('sendTask(...%j)', async ([args, says]) => {
    const { app, sent } = anApp();
    const call = untyped(app).sendTask?.(...args);

    await expect(call).rejects.toThrow(ImproperlyConfigured);
    await expect(call).rejects.toThrow(says);
    expect(sent()).toEqual([]);
  });

  test.for([[[5]], [[null]], ['ab'], [undefined], [{}]])('sendBatch(%j)', async ([signatures]) => {
    const { app, sent } = anApp();
    const call = untyped(app).sendBatch?.(signatures);

    await expect(call).rejects.toThrow(ImproperlyConfigured);
    await expect(call).rejects.toThrow(
      'sendBatch expects a list of signatures such as add.s(1, 2), got',
    );
    expect(sent()).toEqual([]);
  });

  test("a signature's arguments in front that are no list", async () => {
    const { app, sent } = anApp();
    const signature = app.signature('t') as unknown as Untyped;

    await expect(signature.applyAsync?.('ab')).rejects.toThrow(
      "A call of 't' expects a list of its arguments, got 'ab'",
    );
    expect(sent()).toEqual([]);
  });

  test.for<readonly [size: unknown, shown: string]>([
    [0, '0'],
    [-1, '-1'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [undefined, 'undefined'],
    ['2', "'2'"],
  ])('chunks of size %o', ([size, shown]) => {
    const { app } = anApp();
    const add = app.task('shop.add', (x: number, y: number) => x + y);

    expect(() => add.chunks([[1, 2]], size as number)).toThrow(
      new ImproperlyConfigured(
        `Chunks of 'shop.add' expect how many items a task takes, a whole number from 1 on, got ${shown}`,
      ),
    );
  });

  test('while objects without prototype are as good as any', async () => {
    const { app, sent } = anApp();
    const bare: Record<string, unknown> = Object.assign(Object.create(null), { x: 1 });

    await app.sendTask('t', [], { kwargs: bare, headers: bare });

    expect(sent()).toMatchObject([{ kwargs: { x: 1 }, headers: { x: 1 } }]);
  });
});

test.for([[5], [{}], [undefined], [null], [[5]], ['']])(
  'control.revoke(%j) is refused',
  async ([ids]) => {
    const { app } = anApp();
    const revoke = () => app.control.revoke(ids as string);

    await expect(revoke()).rejects.toThrow(ImproperlyConfigured);
    await expect(revoke()).rejects.toThrow('the id of a task, or a list of ids');
  },
);

test.for([[null], ['c1'], [['c1']], [undefined]])(
  'control.revokeByStampedHeaders(%j) is refused',
  async ([headers]) => {
    const { app } = anApp();
    const revoke = () => app.control.revokeByStampedHeaders(headers as never);

    await expect(revoke()).rejects.toThrow(ImproperlyConfigured);
    await expect(revoke()).rejects.toThrow('takes an object of stamps');
  },
);

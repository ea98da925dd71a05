import { describe, expect, test } from 'vitest';
import { Celery, chain, chord, group, type Signature, silentLogger } from '../../../lib/index.ts';
import type { HostOptions } from '../function-host.ts';
import { aCanvasHost } from './canvas-host.ts';

const native = { canvasMode: 'native' } as const;

/** A host whose application sends canvas for TypeScript workers alone. */
function aHost(options: HostOptions = {}) {
  return aCanvasHost({ ...options, settings: { ...native, ...options.settings } });
}

describe('a native chord', () => {
  test('has its body ready to be received once the last part has ended: the next poll starts it', async () => {
    const { host, runs, add, xsum } = aHost();
    const parts = Array.from({ length: 20 }, (_, n) => add.s(n, n));

    await chord(parts, xsum.s()).applyAsync();
    const started = host.clock.now();
    await host.invoke();
    const between = host.engine.messages('celery').length;
    await host.invoke();
    await host.invoke();

    expect(between).toBe(10);
    expect([runs.length, runs.at(-1)?.slice(0, 4)]).toEqual([21, 'xsum']);
    expect(host.clock.now()).toBe(started);
  });

  test('of chains that begin with groups counts by what follows those', async () => {
    const { host, add, xsum } = aHost();

    const grouped = chain(add.s(1, 2), group([add.s(10), add.s(20)]), xsum.s(), add.s(100));
    const result = await chord([grouped, add.s(5, 5)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(146);
  });

  test('counts each member of a group that ends a chain of its header', async () => {
    const { host, app, add } = aHost();
    const flat = app.task('flat', (values: readonly unknown[]) => values.flat(9));

    const header = [chain(add.s(1, 2), group([add.s(10), add.s(20)])), add.s(5, 5)];
    const result = await chord(header, flat.s() as never).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toEqual([13, 23, 10]);
  });

  test('counts the body of a chord in a group that ends a chain of its header', async () => {
    const { host, app, add, xsum } = aHost();
    const flat = app.task('flat', (values: readonly unknown[]) => values.flat(9));

    const inner = chord([add.s(10)], xsum.s()) as unknown as Signature<[number], number>;
    const header = [chain(add.s(1, 2), group([inner, add.s(20)])), add.s(5, 5)];
    const result = await chord(header, flat.s() as never).applyAsync();
    await host.runUntilEmpty();

    expect(host.document(result.id)).toMatchObject({ status: 'SUCCESS', result: [13, 23, 10] });
  });

  test('whose body is a group counts each of its members in the chord around it', async () => {
    const { host, app, add, xsum } = aHost();
    const flat = app.task('flat', (values: readonly unknown[]) => values.flat(9));

    const inner = chord([add.s(1, 1), add.s(2, 2)], group([xsum.s(), xsum.s()]));
    const result = await chord([inner, add.s(5, 5)], flat.s() as never).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toEqual([6, 6, 10]);
  });

  test('in a chain hands its value to the steps after it', async () => {
    const { host, add, xsum } = aHost();

    const result = await chain(
      add.s(1, 2),
      group([add.s(10), add.s(20)]),
      xsum.s(),
      group([add.s(1), add.s(2)]),
      xsum.s(),
      add.s(1000),
    ).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(1075);
  });

  test('of 250 parts counts all of its shards', async () => {
    const { host, runs, add, xsum } = aHost();

    const result = await chord(
      Array.from({ length: 250 }, () => add.s(1, 1)),
      xsum.s(),
    ).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(500);
    expect(runs.filter((run) => run.startsWith('xsum'))).toHaveLength(1);
  });

  test('every delivery twice runs its body once', async () => {
    const { host, runs, add, xsum } = aHost();
    const result = await chord([add.s(1, 1), add.s(2, 2)], xsum.s()).applyAsync();
    const { consumer } = host.engine.adapters();
    const parts = await consumer.receive('celery', { max: 10, waitSeconds: 0 });
    await host.run(parts);

    await host.run(parts);
    await host.runUntilEmpty();
    await host.run(parts);
    await host.runUntilEmpty();

    expect(runs.filter((run) => run.startsWith('xsum'))).toEqual(['xsum([2,4])']);
    expect(await result.get()).toBe(6);
  });

  test('fails its body with what the first failed part failed with, and has its errback called once', async () => {
    const { host, app, runs, add, xsum, fail } = aHost();
    const told: unknown[] = [];
    const onError = app.errback('on_error', ({ id }) => void told.push(id));

    const result = await chord(
      [add.s(1, 1), fail.s('boom'), fail.s('bang')],
      xsum.s().set({ linkError: onError.s() }),
    ).applyAsync();
    const { consumer } = host.engine.adapters();
    const parts = await consumer.receive('celery', { max: 10, waitSeconds: 0 });
    await host.run(parts);
    await host.run(parts);
    await host.runUntilEmpty();

    expect(runs).not.toContainEqual(expect.stringContaining('xsum'));
    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ChordError', exc_message: ["RangeError('boom')"] },
    });
    expect(told).toEqual([result.id]);
  });

  test.for(['revoked', 'expired', 'unknown'])('a part that is %s fails its body', async (how) => {
    const { host, app, add, xsum } = aHost();
    const parts = {
      revoked: add.s(1, 1).set({ taskId: 'revoked-part', countdown: 60 }),
      expired: add.s(1, 1).set({ expires: new Date(host.clock.now() - 1000) }),
      unknown: app.signature<number>('nobody'),
    };
    const part = parts[how as keyof typeof parts];
    const result = await chord([part, add.s(2, 2)], xsum.s()).applyAsync();

    await app.control.revoke('revoked-part');
    await host.runUntilEmpty();

    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ChordError' },
    });
  });

  test('a failed part fails what was to follow its body, and the chord around it', async () => {
    const { host, add, xsum, fail } = aHost();
    const inner = chain(
      group([add.s(1, 1), fail.s('boom')]),
      xsum.s(),
      ...Array.from({ length: 9 }, () => add.s(1)),
    ) as unknown as Signature<[], number>;

    const result = await chord([inner, add.s(10, 10)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ChordError' },
    });
  });

  test('whose record is gone fails under the id that its caller waits for', async () => {
    const { host, app, add, xsum } = aHost();
    const adapters = host.engine.adapters();
    const { nativeCanvas } = adapters;
    app.useAdapters(
      { ...adapters, nativeCanvas: Object.assign(nativeCanvas, { begin: async () => {} }) },
      host,
    );

    const result = await chord([add.s(1, 1), add.s(2, 2)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(host.document(result.id)?.result).toMatchObject({
      exc_type: 'ChordError',
      exc_message: [expect.stringContaining('is gone')],
    });
  });

  test('whose parts start weeks after each other is kept until the last one', async () => {
    const { host, add, xsum } = aHost();

    const parts = [0, 10, 20, 40, 41].map((days) => add.s(1, 1).set({ countdown: days * 86_400 }));
    const result = await chord(parts, xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(10);
  });

  test('is kept for a part that retries later than its producer knew, and so are the steps after it', async () => {
    const { host, app, add, xsum } = aHost();
    const late = app.task('late', { bind: true }, (self, x: number) =>
      self.request.retries < 3 ? self.retry({ countdown: 20 * 86_400 }) : x,
    );
    const steps = Array.from({ length: 9 }, () => add.s(1));

    const inner = chain(group([late.s(1), add.s(1, 1)]), xsum.s(), ...steps);
    const slow = chain(late.s(1), ...steps);
    const parts = [inner, slow, add.s(1, 1)] as unknown as Signature<[], number>[];
    const result = await chord(parts, xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(host.document(result.id)?.result).toBe(12 + 10 + 2);
  });
});

describe('a native chain', () => {
  test('of 100 steps hands each value to the next', async () => {
    const { host, add } = aHost();

    const result = await chain(
      add.s(0, 1),
      ...Array.from({ length: 99 }, () => add.s(1)),
    ).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(100);
  });

  test('fails every later step with a step that fails', async () => {
    const { host, add, fail } = aHost();

    const result = await chain(
      fail.si('no'),
      ...Array.from({ length: 20 }, () => add.s(1)),
    ).applyAsync();
    await host.runUntilEmpty();

    for (let step = result as typeof result | null; step; step = step.parent as typeof step) {
      expect(host.document(step.id)).toMatchObject({
        status: 'FAILURE',
        result: { exc_type: 'RangeError' },
      });
    }
  });

  test('whose stored steps are gone fails under the id that its caller waits for', async () => {
    const { host, app, add } = aHost();
    const adapters = host.engine.adapters();
    const { nativeCanvas } = adapters;
    app.useAdapters(
      { ...adapters, nativeCanvas: Object.assign(nativeCanvas, { begin: async () => {} }) },
      host,
    );

    const result = await chain(
      add.s(0, 1),
      ...Array.from({ length: 20 }, () => add.s(1)),
    ).applyAsync();
    await host.runUntilEmpty();

    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'PayloadError' },
    });
  });

  test('is followed again by a redelivery of each step, and goes down once', async () => {
    const { host, runs, add } = aHost();
    const result = await chain(
      add.s(0, 1),
      ...Array.from({ length: 12 }, () => add.s(1)),
    ).applyAsync();
    const { consumer } = host.engine.adapters();

    for (;;) {
      const steps = await consumer.receive('celery', { max: 10, waitSeconds: 0 });
      if (steps.length === 0) break;
      await host.run(steps);
      await host.run(steps);
    }
    await host.runUntilEmpty();

    expect(await result.get()).toBe(13);
    expect(runs).toHaveLength(13);
  });
});

test.for(['native', 'compatible'] as const)(
  'a %s canvas stays what it is, whatever the setting of its workers',
  async (canvasMode) => {
    const other = canvasMode === 'native' ? 'compatible' : 'native';
    const { host } = aHost({ settings: { canvasMode: other } });
    const producer = new Celery('producer', { canvasMode, logger: silentLogger });
    producer.useAdapters(host.engine.adapters(), host);
    const add = (...args: number[]) => producer.signature<number>('add', args);

    const steps = [add(1, 2), group([add(10), add(20)]), producer.signature('xsum')];
    const [first, ...rest] = steps as unknown as [
      Signature<[], number>,
      Signature<[number], number>,
    ];
    const result = await chain(first, ...rest).applyAsync();
    await host.invoke();
    const parts = host.engine.messages('celery').map(({ body }) => body);
    await host.runUntilEmpty();

    expect(parts).toHaveLength(2);
    for (const part of parts) {
      expect(part.includes('celery_aws.native_canvas')).toBe(canvasMode === 'native');
    }
    expect(host.document(result.id)?.result).toBe(36);
  },
);

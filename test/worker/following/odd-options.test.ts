import { describe, expect, test } from 'vitest';
import { chain, chord } from '../../../lib/index.ts';
import { encodeTaskMessage, type TaskMessage } from '../../../lib/protocol/index.ts';
import { readMessage } from '../../simulation/canvas-messages.ts';
import { aCanvasHost } from './canvas-host.ts';

type Options = Record<string, unknown>;

/** A host whose messages another program writes: what follows their tasks is changed before any of them is received. */
function aHost() {
  const parts = aCanvasHost();
  const { engine } = parts.host;
  const rewrite = async (change: (embed: TaskMessage['embed']) => unknown) => {
    const { broker, consumer } = engine.adapters();
    const deliveries = await consumer.receive('celery', { max: 10, waitSeconds: 0 });
    for (const delivery of deliveries) {
      const message = readMessage(delivery.body) as TaskMessage;
      change(message.embed);
      await consumer.delete(delivery);
      await broker.send('celery', { body: encodeTaskMessage(message) });
    }
  };
  return { ...parts, rewrite };
}

const odd: readonly Options[] = [
  { eta: 5 },
  { expires: { a: 1 } },
  { time_limit: 'x' },
  { task_id: 7 },
  { task_id: '' },
  { MessageGroupId: 'a b' },
];

describe.for(odd)('an option that nobody can send, %o,', (options) => {
  const [name] = Object.keys(options);

  test('of a later step fails the first one before it runs, and those after it', async () => {
    const { host, add, runs, rewrite } = aHost();
    const result = await chain(add.s(1, 1), add.s(2), add.s(3)).delay();

    await rewrite(({ chain: steps }) => Object.assign(steps?.at(-1)?.options ?? {}, options));
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toThrow(`embed.chain[1].options.${name}`);
    expect(runs).toEqual([]);
    expect(host.letters()).toHaveLength(1);
  });

  test('of a link fails the task, and what was to follow it', async () => {
    const { host, add, runs, rewrite } = aHost();
    const result = await chain(add.s(1, 1), add.s(2)).delay();

    await rewrite((embed) =>
      Object.assign(embed, { callbacks: [{ ...add.s(9).toJSON(), options }] }),
    );
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toThrow(`embed.callbacks[0].options.${name}`);
    expect(runs).toEqual([]);
  });

  test('of an errback fails the task, and calls the others', async () => {
    const { host, app, add, runs, rewrite } = aHost();
    const onError = app.task('on_error', (id: string) => {
      runs.push(`on_error(${id})`);
    });
    const result = await add.applyAsync([1, 1], { linkError: [onError.s(), onError.s()] });

    await rewrite(({ errbacks }) => Object.assign(errbacks?.[0]?.options ?? {}, options));
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toThrow(`embed.errbacks[0].options.${name}`);
    expect(runs).toEqual([`on_error(${result.id})`]);
  });

  test('of a step in a part of a chord fails its body', async () => {
    const { host, add, xsum, rewrite } = aHost();
    const part = chain(add.s(1, 1), add.s(2), add.s(3));
    const result = await chord([part, add.s(4, 4)], xsum.s()).delay();

    await rewrite(({ chain: steps }) => Object.assign(steps?.at(-1)?.options ?? {}, options));
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toMatchObject({ name: 'ChordError' });
  });
});

test.for(odd.filter((options) => !('task_id' in options)))(
  'the body of a chord that nobody can send, %o, fails with its parts',
  async (options) => {
    const { host, add, xsum, runs, rewrite } = aHost();
    const result = await chord([add.s(1, 1), add.s(2, 2)], xsum.s()).delay();

    await rewrite(({ chord: body }) => Object.assign(body?.options ?? {}, options));
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toMatchObject({ name: 'ChordError' });
    expect(runs).toEqual([]);
  },
);

test.for<Options>([
  { eta: '2026-01-01T00:10:00' },
  { eta: '2026-01-01T00:10:00.000001+00:00', expires: 3600 },
  { time_limit: 30, soft_time_limit: null, priority: null },
])('a link with what Python writes, %o, is sent', async (options) => {
  const { host, add, runs, rewrite } = aHost();
  await add.delay(1, 1);

  await rewrite((embed) =>
    Object.assign(embed, { callbacks: [{ ...add.s(9).toJSON(), options }] }),
  );
  await host.runUntilEmpty();

  expect(runs).toEqual(['add(1, 1)', 'add(2, 9)']);
});

describe('a malformed link', () => {
  test('fails the steps after the task that has it', async () => {
    const { host, add, runs, rewrite } = aHost();
    const result = await chain(add.s(1, 1), add.s(2), add.s(3)).delay();

    await rewrite((embed) => Object.assign(embed, { callbacks: [{ task: '' }] }));
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toThrow('embed.callbacks[0].task');
    expect([runs, host.letters().length]).toEqual([[], 1]);
  });

  test('fails the chord that its task is a part of, and leaves the errbacks that can be read', async () => {
    const { host, app, add, xsum, rewrite } = aHost();
    const told: string[] = [];
    const onError = app.task('on_error', (id: string) => void told.push(id));
    const parts = [add.s(1, 1).onError(onError.s()), add.s(2, 2).onError(onError.s())];
    const result = await chord(parts, xsum.s()).delay();

    await rewrite((embed) =>
      Object.assign(embed, { errbacks: [...(embed.errbacks ?? []), { task: 7 }] }),
    );
    await host.runUntilEmpty();

    await expect(result.get({ timeout: 1 })).rejects.toMatchObject({ name: 'ChordError' });
    expect(told).toHaveLength(2);
  });
});

import { describe, expect, test } from 'vitest';
import { deadLetters } from '../../lib/dead-letters/index.ts';
import { Reject, Retry } from '../../lib/errors.ts';
import type { CeleryOptions } from '../../lib/index.ts';
import { FunctionHost } from './function-host.ts';

const taskQueues = [
  { name: 'a', exchange: 'news', exchangeType: 'fanout' },
  { name: 'b', exchange: 'news', exchangeType: 'fanout' },
  { name: 'images', exchange: 'media', exchangeType: 'topic', bindingKey: 'image.*' },
  { name: 'archive', exchange: 'media', exchangeType: 'topic', bindingKey: '#.new' },
] as const;

function aHost(settings: CeleryOptions = {}) {
  const runs: string[] = [];
  const host = new FunctionHost({
    settings: { taskQueues, ...settings },
    engine: {
      queues: { a: {}, b: {}, images: {}, archive: {} },
      fanouts: new Map([['news', ['a', 'b']]]),
    },
  });
  const seen = host.app.task('seen', { bind: true, maxRetries: 1 }, (self) => {
    runs.push(`${self.request.id}#${self.request.retries}`);
    return `run ${runs.length}`;
  });
  return { host, seen, runs };
}

describe('a task that several queues got', () => {
  test.for([
    ['by fanout', { exchange: 'news' }, ['a', 'b']],
    ['by a topic', { exchange: 'media', routingKey: 'image.new' }, ['images', 'archive']],
  ] as const)('%s runs once on each of them, under one id', async ([, to, queues]) => {
    const { host, seen, runs } = aHost();

    const { id } = await seen.applyAsync([], to);
    for (const queue of queues) await host.runUntilEmpty(queue);

    expect(runs).toEqual([`${id}#0`, `${id}#0`]);
  });

  test('has as its result the one that ended first, and each copy its own', async () => {
    const { host, seen } = aHost();

    const result = await seen.applyAsync([], { exchange: 'news' });
    await host.runUntilEmpty('b');
    await host.runUntilEmpty('a');

    expect(await result.get()).toBe('run 1');
    expect(await host.app.AsyncResult(`${result.id}@b`).get()).toBe('run 1');
    expect(await host.app.AsyncResult(`${result.id}@a`).get()).toBe('run 2');
  });

  test('is found finished where it is delivered again', async () => {
    const { host, seen, runs } = aHost();
    await seen.applyAsync([], { exchange: 'news' });
    const { consumer } = host.engine.adapters();
    const deliveries = await consumer.receive('a', { max: 10, waitSeconds: 0 });

    await host.run(deliveries);
    await host.run(deliveries.map((one) => ({ ...one, receiveCount: 2 })));

    expect(runs).toHaveLength(1);
  });

  test('is retried on its own queue, whatever the others do', async () => {
    const { host } = aHost();
    const runs: string[] = [];
    const task = host.app.task('fails-once', { bind: true }, (self) => {
      const { retries, deliveryInfo } = self.request;
      runs.push(`${retries} by ${deliveryInfo.exchange}`);
      if (retries === 0) throw new Retry(new Error('again'), null);
      return retries;
    });

    const result = await task.applyAsync([], { exchange: 'news' });
    await host.runUntilEmpty('a');
    expect(host.engine.messages('b')).toHaveLength(1);
    await host.runUntilEmpty('b');

    expect(runs).toEqual(['0 by news', '1 by news', '0 by news', '1 by news']);
    expect(await result.get()).toBe(1);
  });

  test('starts nowhere once it is revoked', async () => {
    const { host, seen, runs } = aHost();
    const result = await seen.applyAsync([], { exchange: 'news' });

    await result.revoke();
    for (const queue of ['a', 'b']) await host.runUntilEmpty(queue);

    expect(runs).toEqual([]);
    expect(await result.state()).toBe('REVOKED');
  });

  test('comes home on each queue, and ends there at once, where it is revoked while it is parked', async () => {
    const { host, seen, runs } = aHost();
    const result = await seen.applyAsync([], { exchange: 'news', countdown: 7200 });
    for (const queue of ['a', 'b']) await host.invoke(queue);
    const parked = host.engine.parked();
    const revokedAt = host.clock.now();

    await result.revoke();
    await host.invoke('celery.control');
    for (const queue of ['a', 'b']) await host.invoke(queue);

    expect(parked.map(({ queue }) => queue)).toEqual(['a', 'b']);
    expect(host.engine.parked()).toEqual([]);
    expect(host.clock.now()).toBe(revokedAt);
    for (const queue of ['a', 'b']) {
      expect(host.document(`${result.id}@${queue}`)?.status).toBe('REVOKED');
    }
    expect(runs).toEqual([]);
  });

  test('waits for its eta on each queue, since an exchange delays nothing', async () => {
    const { host, seen, runs } = aHost();
    const sentAt = host.clock.now();

    await seen.applyAsync([], { exchange: 'news', countdown: 7200 });
    await host.runUntilEmpty('a');
    await host.runUntilEmpty('b');

    expect(runs).toHaveLength(2);
    expect(host.clock.now() - sentAt).toBeGreaterThanOrEqual(7_200_000);
  });

  test('keeps no result where it is to be ignored', async () => {
    const { host, seen, runs } = aHost();

    const { id } = await seen.applyAsync([], { exchange: 'news', ignoreResult: true });
    for (const queue of ['a', 'b']) await host.runUntilEmpty(queue);

    expect(runs).toHaveLength(2);
    expect(host.engine.item(id)).toBeUndefined();
  });
});

test('a task that died on all of its queues succeeds under its id when its letters are sent back', async () => {
  const { host } = aHost();
  let broken = true;
  const task = host.app.task('dies', () => {
    if (broken) throw new Reject('not now');
    return 'ok';
  });
  const { id } = await task.applyAsync([], { exchange: 'news' });
  for (const queue of ['a', 'b']) await host.runUntilEmpty(queue);
  const dead = host.document(id)?.status;

  broken = false;
  for (const queue of ['a', 'b']) {
    await deadLetters(host.app, queue, { waitSeconds: 0 }).sendBack(id);
    await host.runUntilEmpty(queue);
  }

  expect(dead).toBe('FAILURE');
  expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'ok' });
});

test('a task that a topic gave to one queue alone is kept under its id', async () => {
  const { host, seen } = aHost();

  const result = await seen.applyAsync([], { exchange: 'media', routingKey: 'image.old' });
  await host.runUntilEmpty('images');

  expect(await result.get()).toBe('run 1');
  expect(host.engine.item(`${result.id}@images`)).toBeUndefined();
});

test('a fanout exchange that only the engine knows gives copies, too', async () => {
  const { host, seen, runs } = aHost({ taskQueues: null });

  await seen.applyAsync([], { exchange: 'news' });
  for (const queue of ['a', 'b']) await host.runUntilEmpty(queue);

  expect(runs).toHaveLength(2);
});

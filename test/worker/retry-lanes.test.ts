import { describe, expect, test } from 'vitest';
import type { CeleryOptions, RetryOptions } from '../../lib/index.ts';
import { FunctionHost } from './function-host.ts';

const lanes = { celery: [0, 4, 7], images: [0, 5] };
const copied = { name: 'images', exchange: 'media', exchangeType: 'fanout' } as const;

function aHost(retry: RetryOptions, settings: CeleryOptions = {}) {
  const host = new FunctionHost({
    settings,
    engine: { lanes, fanouts: new Map([['media', ['images']]]) },
  });
  const runs: string[] = [];
  const task = host.app.task('task', { bind: true }, (self) => {
    const { retries, deliveryInfo } = self.request;
    runs.push(`${deliveryInfo.exchange}/${deliveryInfo.routingKey}`);
    if (retries === 0) self.retry({ countdown: 0, ...retry, throw: true });
  });
  return { host, task, runs };
}

/** Runs what lies in the queues now, and nothing that it sends. */
async function runAll(host: FunctionHost): Promise<void> {
  const waiting = host.engine.queueNames().filter((name) => host.engine.messages(name).length > 0);
  for (const queue of waiting) await host.invoke(queue);
}

describe('a retry of a task whose queue has lanes', () => {
  test.for<readonly [says: string, sent: object, retry: RetryOptions, lane: string]>([
    ['without a word stays in its lane', { priority: 9 }, {}, 'celery-p7'],
    ['stays where Python sent it by name', { queue: 'celery-p7' }, {}, 'celery-p7'],
    ['of a higher priority rises', { priority: 0 }, { priority: 8 }, 'celery-p7'],
    ['of a lower priority falls', { priority: 9 }, { priority: 0 }, 'celery'],
    [
      'to another queue takes its priority along',
      { priority: 9 },
      { queue: 'images' },
      'images-p5',
    ],
    ['may change both', { priority: 9 }, { queue: 'images', priority: 1 }, 'images'],
    ['may name a lane', { priority: 0 }, { queue: 'celery-p4' }, 'celery-p4'],
    ['may go to a queue without lanes', { priority: 9 }, { queue: 'plain', priority: 5 }, 'plain'],
  ])('%s', async ([, sent, retry, lane]) => {
    const { host, task } = aHost(retry);
    await task.applyAsync([], sent);

    await runAll(host);

    expect(host.engine.messages(lane)).toHaveLength(1);
  });

  test('says in the message where it lies', async () => {
    const { host, task, runs } = aHost({ priority: 9 });
    await task.applyAsync([], { priority: 0 });

    await runAll(host);
    await runAll(host);

    expect(runs).toEqual(['/celery', '/celery-p7']);
  });

  test('counts what is above x-max-priority as that', async () => {
    const taskQueues = [{ name: 'celery', queueArguments: { 'x-max-priority': 5 } }];
    const { host, task } = aHost({ priority: 9 }, { taskQueues });
    await task.delay();

    await runAll(host);

    expect(host.engine.messages('celery-p4')).toHaveLength(1);
  });

  test('finds its lane again when it is published from what is stored', async () => {
    const { host, task } = aHost({ priority: 9 });
    await task.delay();
    const { consumer } = host.engine.adapters();
    const deliveries = await consumer.receive('celery', { max: 10, waitSeconds: 0 });
    let failed = 0;
    host.fault = (port, verb) =>
      port === 'broker' && verb === 'send' && failed++ === 0 ? new Error('away') : undefined;

    await host.run(deliveries);
    expect(host.engine.messages('celery-p7')).toEqual([]);
    await host.run(deliveries.map((one) => ({ ...one, receiveCount: 2 })));

    expect(host.engine.messages('celery-p7')).toHaveLength(1);
  });
});

test('a copy that rises stays the same copy: it is kept by its queue, whatever the lane', async () => {
  const { host, task, runs } = aHost({ priority: 9 }, { taskQueues: [copied] });
  const { id } = await task.applyAsync([], { exchange: 'media', routingKey: 'new' });

  await runAll(host);
  expect(host.engine.messages('images')).toEqual([]);
  await runAll(host);

  expect(runs).toEqual(['media/new', 'media/new']);
  expect(host.document(`${id}@images`)?.status).toBe('SUCCESS');
});

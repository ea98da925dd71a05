import { describe, expect, test } from 'vitest';
import { encodeTaskMessage, newTaskMessage } from '../../../lib/protocol/index.ts';
import { createWorker } from '../../../lib/worker/index.ts';
import { FunctionHost, type HostOptions } from '../function-host.ts';

const day = 86_400_000;

function aHost(options: HostOptions = {}) {
  const host = new FunctionHost(options);
  const starts: number[] = [];
  const task = host.app.task('late', { bind: true }, async (_self, value: unknown) => {
    starts.push(host.clock.now());
    return value;
  });
  return { host, task, starts };
}

/** Sends as Python does: at once, whatever the eta. */
async function sendFromPython(host: FunctionHost, eta: Date, queue = 'celery', id = 'from-python') {
  const message = newTaskMessage({ task: 'late', id, args: [1], kwargs: {}, eta });
  const body = Buffer.from(encodeTaskMessage(message, host.clock.now())).toString('base64');
  await host.engine.adapters().broker.send(queue, { body, groupId: 'g' });
  return id;
}

describe('a message whose eta is far', () => {
  test.for([
    ['20 minutes', 20 * 60_000],
    ['a day', day],
    ['40 days', 40 * day],
  ] as const)('%s: is parked, and runs on time, once', async ([, ms]) => {
    const { host, task, starts } = aHost();
    const eta = new Date(host.clock.now() + ms);
    await task.applyAsync([1], { eta });

    await host.runUntilEmpty();

    expect(starts).toEqual([eta.getTime()]);
  });

  test('from Python is parked at once', async () => {
    const { host, starts } = aHost();
    const eta = new Date(host.clock.now() + 3 * day);
    await sendFromPython(host, eta);

    await host.invoke();
    const parked = host.engine.parked().map(({ fireAt }) => fireAt);
    await host.runUntilEmpty();

    expect(parked).toEqual([eta.getTime() - 120_000]);
    expect(starts).toEqual([eta.getTime()]);
  });

  test("arrives as it was sent, though it looks like Scheduler's templates", async () => {
    const { host, task } = aHost();
    const value = { arn: '<aws.scheduler.schedule-arn>', at: '<aws.scheduler.scheduled-time>' };
    const { id } = await task.applyAsync([value], { countdown: 86_400 });

    await host.runUntilEmpty();

    expect(host.document(id)?.result).toEqual(value);
  });

  test('is parked once, however many copies there are', async () => {
    const { host, starts } = aHost();
    const eta = new Date(host.clock.now() + 3 * day);
    for (let i = 0; i < 3; i++) await sendFromPython(host, eta);

    await host.invoke();

    expect(host.engine.parked()).toHaveLength(1);
    expect(host.engine.messages('celery')).toEqual([]);
    await host.runUntilEmpty();
    expect(starts).toHaveLength(1);
  });

  test('runs once though its schedule fires late and twice, and goes late', async () => {
    const { host, starts } = aHost({
      engine: { scheduleFaults: () => ({ lateSeconds: 59, times: 2, keptSeconds: 600 }) },
    });
    const eta = new Date(host.clock.now() + 3 * day);
    await sendFromPython(host, eta);

    await host.invoke();
    await host.clock.advanceTo(eta.getTime() - 60_000);
    await host.runUntilEmpty();

    expect(starts).toEqual([eta.getTime()]);
  });

  test('parks anew week after week, though a schedule that has fired goes late', async () => {
    const { host, starts } = aHost({ engine: { scheduleFaults: () => ({ keptSeconds: 3600 }) } });
    const eta = new Date(host.clock.now() + 20 * day);
    await sendFromPython(host, eta);

    await host.runUntilEmpty();

    expect(starts).toEqual([eta.getTime()]);
    expect(new Set([...host.settlements.values()].map(({ kind }) => kind))).toEqual(
      new Set(['settle']),
    );
  });

  test.for([
    ['fired already', -1, { kind: 'return', delaySeconds: 60 }],
    ['is still to fire', 1, { kind: 'settle' }],
  ] as const)('meets its own schedule, which %s', async ([, inSeconds, settlement]) => {
    const { host } = aHost();
    await sendFromPython(host, new Date(host.clock.now() + day));
    const adapters = host.engine.adapters();
    const fireAt = host.clock.now() + inSeconds * 1000;
    const worker = createWorker(host.app, {
      ...adapters,
      schedules: {
        maxBodyBytes: 1_000_000,
        create: async () => ({ created: false, fireAt }),
        find: async () => [],
        delete: async () => {},
      },
    });
    const deliveries = await adapters.consumer.receive('celery', { max: 1, waitSeconds: 0 });

    const settlements = await worker.process(deliveries, {
      token: 'invocation',
      startedAt: host.clock.now(),
      deadline: host.clock.now() + 30_000,
    });

    expect(settlements).toEqual([settlement]);
  });

  test('too large for a schedule goes from delay to delay', async () => {
    const { host, task, starts } = aHost();
    const eta = new Date(host.clock.now() + 3_600_000);
    await task.applyAsync(['x'.repeat(300_000)], { eta });

    await host.runUntilEmpty();

    expect(host.invocations).toBe(4);
    expect(starts).toEqual([eta.getTime()]);
  });

  test('goes from delay to delay where there are no schedules', async () => {
    const { host, task, starts } = aHost({ engine: { schedules: false } });
    const eta = new Date(host.clock.now() + 3_600_000);
    await task.applyAsync([1], { eta });

    await host.runUntilEmpty();

    expect(starts).toEqual([eta.getTime()]);
  });

  test('is given back when it cannot be parked, and lost by no crash', async () => {
    const { host, starts } = aHost();
    const eta = new Date(host.clock.now() + day);
    await sendFromPython(host, eta);
    let tries = 0;
    host.fault = (port) => (port === 'schedules' && ++tries === 1 ? new Error('away') : undefined);

    await host.invoke();
    const first = [...host.settlements.values()];
    await host.runUntilEmpty();

    expect(first).toEqual([{ kind: 'return', delaySeconds: 10 }]);
    expect(starts).toEqual([eta.getTime()]);
  });

  test('of a retry waits as long', async () => {
    const host = new FunctionHost();
    const starts: number[] = [];
    const task = host.app.task('later', { bind: true }, async (self) => {
      starts.push(host.clock.now());
      if (self.request.retries === 0) self.retry({ countdown: 2 * 86_400 });
    });
    await task.delay();

    await host.runUntilEmpty();

    expect(starts.map((at) => at - (starts[0] ?? 0))).toEqual([0, 2 * day]);
  });
});

describe('a message of a FIFO queue from Python', () => {
  test('is parked, lets its group go on, and comes back to it', async () => {
    const { host, starts } = aHost();
    const eta = new Date(host.clock.now() + day);
    await sendFromPython(host, eta, 'orders.fifo', 'first');
    await sendFromPython(host, new Date(0), 'orders.fifo', 'second');

    await host.invoke('orders.fifo');
    const early = starts.length;
    await host.runUntilEmpty('orders.fifo');

    expect(early).toBe(1);
    expect(host.document('first')?.status).toBe('SUCCESS');
    expect(starts[1]).toBe(eta.getTime());
  });

  test('is held for a minute at most', async () => {
    const { host } = aHost();
    await sendFromPython(host, new Date(host.clock.now() + 40_000), 'orders.fifo');

    await host.invoke('orders.fifo');

    expect([...host.settlements.values()]).toEqual([{ kind: 'return', delaySeconds: 40 }]);
  });
});

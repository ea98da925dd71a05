import { describe, expect, test } from 'vitest';
import { TaskRevokedError } from '../../../lib/errors.ts';
import { revokeRecord } from '../../../lib/ports/index.ts';
import { encodeTaskMessage, newTaskMessage } from '../../../lib/protocol/index.ts';
import { FunctionHost, type HostOptions } from '../function-host.ts';

const control = 'celery.control';
const revoked = { exc_type: 'TaskRevokedError', exc_message: ['revoked'] };

function aHost(options: HostOptions = {}) {
  const host = new FunctionHost(options);
  const starts: unknown[] = [];
  const task = host.app.task('task', async (value: unknown) => {
    starts.push(value);
    return value;
  });
  return { host, task, starts };
}

/** Lets workers do what the control queue says. */
async function obey(host: FunctionHost): Promise<void> {
  while ((await host.invoke(control)) > 0);
}

describe('a revoked task', () => {
  test('that waits in its queue ends REVOKED and does not start', async () => {
    const { host, task, starts } = aHost();
    const result = await task.delay(1);

    await result.revoke();
    await host.runUntilEmpty();

    expect(starts).toEqual([]);
    expect(host.document(result.id)).toMatchObject({ status: 'REVOKED', traceback: null });
    expect(host.document(result.id)?.result).toMatchObject(revoked);
    await expect(result.get()).rejects.toThrow(TaskRevokedError);
  });

  test('that is parked ends at once', async () => {
    const { host, task, starts } = aHost();
    const result = await task.applyAsync([1], { countdown: 40 * 86_400 });
    await host.clock.advanceTo(host.clock.now() + 900_000);
    await host.invoke();
    const parked = host.engine.parked().length;

    await result.revoke();
    await obey(host);
    await host.invoke();

    expect(parked).toBe(1);
    expect(host.engine.parked()).toEqual([]);
    expect(host.document(result.id)?.status).toBe('REVOKED');
    expect(starts).toEqual([]);
  });

  test('that is parked in a FIFO queue comes back to its group', async () => {
    const { host } = aHost();
    const eta = new Date(host.clock.now() + 86_400_000);
    const message = newTaskMessage({ task: 'task', id: 'fifo', args: [1], kwargs: {}, eta });
    const body = encodeTaskMessage(message, host.clock.now());
    await host.engine.adapters().broker.send('orders.fifo', { body, groupId: 'a' });
    await host.invoke('orders.fifo');

    await host.app.control.revoke('fifo');
    await obey(host);
    const [back] = host.engine.messages('orders.fifo');
    await host.invoke('orders.fifo');

    expect(back?.groupId).toBe('a');
    expect(host.document('fifo')?.status).toBe('REVOKED');
  });

  test('that is just being parked is found by its worker: the record is read once more', async () => {
    const { host, task, starts } = aHost();
    const result = await task.applyAsync([1], { countdown: 86_400 });
    await host.clock.advanceTo(host.clock.now() + 900_000);
    const { revocations } = host.engine.adapters();
    const record = revokeRecord(host.clock, false);
    let revoking: Promise<void> | undefined;
    // The revoke comes between the worker's first look and its schedule, and finds nothing to bring home.
    host.fault = (port, verb) => {
      if (port === 'schedules' && verb === 'create') {
        revoking ??= revocations.revoke({ taskIds: [result.id], stamps: [] }, record);
      }
      return undefined;
    };
    const [delivery] = await host.engine
      .adapters()
      .consumer.receive('celery', { max: 1, waitSeconds: 0 });

    await host.run(delivery ? [delivery] : []);
    await revoking;
    const settlement = host.settlements.get(delivery?.messageId ?? '');
    await host.invoke();

    expect(settlement).toEqual({ kind: 'return', delaySeconds: 0 });
    expect(host.document(result.id)?.status).toBe('REVOKED');
    expect(starts).toEqual([]);
  });

  test('whose worker crashes half-way home comes home all the same', async () => {
    const { host, task } = aHost();
    const result = await task.applyAsync([1], { countdown: 86_400 });
    await host.clock.advanceTo(host.clock.now() + 900_000);
    await host.invoke();
    let crashes = 0;
    host.fault = (port, verb) => {
      if (port === 'schedules' && verb === 'delete' && crashes++ === 0) void host.crash();
      return undefined;
    };

    await result.revoke();
    await host.runUntilEmpty(control);
    await host.runUntilEmpty();

    expect(host.document(result.id)?.status).toBe('REVOKED');
    expect(host.engine.parked()).toEqual([]);
  });

  test('that has ended keeps its result', async () => {
    const { host, task } = aHost();
    const result = await task.delay(1);
    await host.invoke();

    await result.revoke();
    await host.runUntilEmpty(control);

    expect(host.document(result.id)?.status).toBe('SUCCESS');
  });

  test('that keeps no result ends without one', async () => {
    const { host, task, starts } = aHost();
    const result = await task.applyAsync([1], { ignoreResult: true });

    await host.app.control.revoke(result.id);
    await host.invoke();

    expect(starts).toEqual([]);
    expect(host.document(result.id)).toBeUndefined();
    expect(host.engine.messages('celery')).toEqual([]);
  });

  test('is one of a thousand in ten thousand: none of them starts, all others do', {
    timeout: 30_000,
  }, async () => {
    const { host, task, starts } = aHost();
    const numbers = Array.from({ length: 10_000 }, (_, i) => i);
    const results = await host.app.sendBatch(numbers.map((i) => task.s(i)));
    const isRevoked = (i: number) => i % 10 === 0;

    await host.app.control.revoke(results.filter((_, i) => isRevoked(i)).map(({ id }) => id));
    await host.runUntilEmpty('celery', 1001);

    const states = results.map(({ id }) => host.document(id)?.status);
    expect(starts).toEqual(numbers.filter((i) => !isRevoked(i)));
    expect(states).toEqual(numbers.map((i) => (isRevoked(i) ? 'REVOKED' : 'SUCCESS')));
  });

  test('needs no more requests than others', async () => {
    const { host, task } = aHost();
    await host.app.sendBatch(Array.from({ length: 10 }, (_, i) => task.s(i)));
    const requests: string[] = [];
    host.fault = (port, verb) => {
      requests.push(`${port}.${verb}`);
      return undefined;
    };

    await host.invoke();

    expect(requests.filter((request) => !request.startsWith('results.store'))).toEqual([
      'admissions.read',
    ]);
  });
});

describe('a revoke by stamp', () => {
  async function sendStamped(host: FunctionHost, id: string, eta: Date | null = null) {
    const stamps = { customer: ['c1', 'c2'], region: 'eu' };
    const message = newTaskMessage({
      ...{ task: 'task', id, args: [id], kwargs: {}, eta, stamps },
      stampedHeaders: ['customer', 'region'],
    });
    const body = encodeTaskMessage(message, host.clock.now());
    await host.engine.adapters().broker.send('celery', { body });
  }

  test.for([
    ['one of several values', { customer: 'c2' }, 'REVOKED'],
    ['one of several named', { region: ['us', 'eu'] }, 'REVOKED'],
    ['another value', { region: 'us' }, 'SUCCESS'],
    ['another header', { color: 'eu' }, 'SUCCESS'],
  ] as const)('by %s', async ([, headers, status]) => {
    const { host } = aHost();
    await sendStamped(host, 'stamped');

    await host.app.control.revokeByStampedHeaders(headers);
    await host.invoke();

    expect(host.document('stamped')?.status).toBe(status);
  });

  test('meets what was parked before it, weeks later', async () => {
    const { host, starts } = aHost();
    await sendStamped(host, 'parked', new Date(host.clock.now() + 40 * 86_400_000));
    await host.invoke();

    await host.app.control.revokeByStampedHeaders({ region: 'eu' });
    await host.runUntilEmpty();

    expect(starts).toEqual([]);
    expect(host.document('parked')?.status).toBe('REVOKED');
  });
});

describe('a running task', () => {
  function aLongTask(options: HostOptions = {}) {
    const host = new FunctionHost({ timeoutMs: 60_000, ...options });
    const seen: unknown[] = [];
    const task = host.app.task('long', { bind: true }, async (self, seconds: number) => {
      self.signal.addEventListener('abort', () => {
        seen.push(host.clock.now() - startedAt, self.signal.reason.message);
      });
      const startedAt = host.clock.now();
      await host.sleep(seconds * 1000);
      seen.push(await self.updateState({ state: 'LATE' }).catch((error: Error) => error.message));
      return 'done';
    });
    return { host, task, seen };
  }

  test('revoked with terminate is told within seconds, abandoned, and ends REVOKED', async () => {
    const { host, task, seen } = aLongTask();
    const result = await task.delay(40);
    host.clock.setTimer(7_000, () => void result.revoke({ terminate: true }));

    await host.invoke();
    await host.clock.advanceTo(host.clock.now() + 60_000);

    expect(seen).toEqual([10_000, 'terminated', 'terminated']);
    expect(host.document(result.id)?.result).toMatchObject({ exc_message: ['terminated'] });
    expect(host.document(result.id)?.status).toBe('REVOKED');
    expect(host.engine.messages('celery')).toEqual([]);
  });

  test('revoked without goes on', async () => {
    const { host, task } = aLongTask();
    const result = await task.delay(40);
    host.clock.setTimer(7_000, () => void result.revoke());

    await host.invoke();

    expect(host.document(result.id)).toMatchObject({ status: 'SUCCESS', result: 'done' });
  });

  test('asks with all others by one cheap read now and then, a short one never', async () => {
    const { host, task } = aLongTask();
    for (const seconds of [3, 22, 24]) await task.delay(seconds);
    let reads = 0;
    host.fault = (port, verb) => {
      if (port === 'revocations' && verb === 'terminated') reads++;
      return undefined;
    };

    await host.invoke();

    expect(reads).toBe(4);
    expect(host.clock.nextTimer()).toBeUndefined();
  });

  test('goes on when it cannot be read whether it is to end', async () => {
    const { host, task } = aLongTask();
    const result = await task.delay(12);
    host.fault = (port) => (port === 'revocations' ? new Error('away') : undefined);

    await host.invoke();

    expect(host.document(result.id)?.status).toBe('SUCCESS');
  });
});

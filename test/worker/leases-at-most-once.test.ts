import { describe, expect, test } from 'vitest';
import { Reject } from '../../lib/index.ts';
import { FunctionHost } from './function-host.ts';

const atMostOnce = { acksLate: false } as const;

describe('a task that does not ack late', () => {
  test('whose process is lost never runs again: it fails as WorkerLostError', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('risky', atMostOnce, () => {
      runs++;
      return host.crash();
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(runs).toBe(1);
    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'WorkerLostError', exc_module: 'billiard.exceptions' },
    });
    expect(host.letters()).toEqual([]);
  });

  test('is not judged before the claim of the lost run is past its deadline', async () => {
    const host = new FunctionHost({ timeoutMs: 30_000 });
    const task = host.app.task('risky', atMostOnce, () => host.crash());
    const { id } = await task.delay();
    const { consumer } = host.engine.adapters();
    const deliveries = await consumer.receive('celery', { max: 1, waitSeconds: 0 });
    await host.run(deliveries);

    await host.clock.advanceTo(host.clock.now() + 34_000);
    await host.run(deliveries);
    const early = [host.document(id)?.status, ...host.settlements.values()];
    await host.clock.advanceTo(host.clock.now() + 1_000);
    await host.run(deliveries);

    expect(early).toEqual(['STARTED', { kind: 'return', delaySeconds: 1 }]);
    expect(host.document(id)?.status).toBe('FAILURE');
    expect([...host.settlements.values()]).toEqual([{ kind: 'settle' }]);
  });

  test('costs two writes', async () => {
    const host = new FunctionHost();
    const task = host.app.task('task', atMostOnce, () => 1);
    await task.delay();
    let requests = 0;
    host.fault = (_, verb) => {
      if (['store', 'changeLease', 'mark'].includes(verb)) requests++;
      return undefined;
    };

    await host.invoke();

    expect(requests).toBe(2);
  });

  test('does not start before its claim is stored', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('task', atMostOnce, () => ++runs);
    const { id } = await task.delay();
    let stores = 0;
    host.fault = (_, verb) => (verb === 'store' && ++stores <= 3 ? new Error('away') : undefined);

    await host.runUntilEmpty();

    expect(runs).toBe(1);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 1 });
  });

  test('whose end could not be stored does not run again', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('task', atMostOnce, () => ++runs);
    const { id } = await task.delay();
    let stores = 0;
    host.fault = (_, verb) => (verb === 'store' && ++stores === 2 ? new Error('away') : undefined);

    await host.runUntilEmpty();

    expect(runs).toBe(1);
    expect(host.document(id)).toMatchObject({ result: { exc_type: 'WorkerLostError' } });
  });

  test('runs again where it asks for it: a retry is another attempt, a requeue another delivery', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('asks', { ...atMostOnce, bind: true }, (self) => {
      runs++;
      if (runs === 1) throw new Reject('later', { requeue: true });
      if (runs === 2) self.retry({ countdown: 0 });
      return runs;
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 3 });
  });

  test('is meant by the setting, unless the task says otherwise', async () => {
    const host = new FunctionHost({ settings: { taskAcksLate: false } });
    const runs = { once: 0, late: 0 };
    const once = host.app.task('once', () => {
      runs.once++;
      return host.crash();
    });
    const late = host.app.task('late', { acksLate: true }, () => {
      if (++runs.late === 1) return host.crash();
      return 'well';
    });
    const first = await once.delay();
    await host.runUntilEmpty();
    const second = await late.delay();
    await host.runUntilEmpty();

    expect(runs).toEqual({ once: 1, late: 2 });
    expect(host.document(first.id)?.status).toBe('FAILURE');
    expect(host.document(second.id)?.status).toBe('SUCCESS');
  });
});

describe('a task that does not ack late, behind others in its invocation', () => {
  test.each([
    ['on a standard queue', 'celery'],
    ['in a message group', 'orders.fifo'],
  ])('starts in an invocation of its own, once, %s', async (_, queue) => {
    const host = new FunctionHost({ timeoutMs: 30_000, concurrency: 1 });
    const starts: number[] = [];
    const task = host.app.task('risky', { ...atMostOnce, queue }, async (n: number) => {
      starts.push(n);
      await host.sleep(18_000);
    });
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push((await task.delay(n)).id);

    await host.runUntilEmpty(queue);

    expect(starts.toSorted()).toEqual([1, 2, 3]);
    expect(ids.map((id) => host.document(id)?.status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
  });

  test('starts at once where its hard limit fits', async () => {
    const host = new FunctionHost({ timeoutMs: 30_000, concurrency: 1 });
    const task = host.app.task('risky', { ...atMostOnce, timeLimit: 2 }, () => host.sleep(1000));
    for (let i = 0; i < 10; i++) await task.delay();

    await host.invoke();

    expect(host.engine.messages('celery')).toEqual([]);
  });
});

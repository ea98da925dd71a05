import { describe, expect, test } from 'vitest';
import { encodeResultDocument, type ResultDocument } from '../../lib/protocol/index.ts';
import { FunctionHost } from './function-host.ts';

function byPython(taskId: string, status: string, result: unknown): Uint8Array {
  const dateDone = status === 'SUCCESS' ? new Date(0) : null;
  return encodeResultDocument({
    taskId,
    status,
    result,
    traceback: null,
    children: [],
    dateDone,
  } as ResultDocument);
}

describe('finished is finished', () => {
  test('a redelivery of a finished task starts nothing', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('count', () => ++runs);
    await task.delay();
    const deliveries = await host.engine
      .adapters()
      .consumer.receive('celery', { max: 1, waitSeconds: 0 });
    await host.run(deliveries);

    await host.run(deliveries);

    expect(runs).toBe(1);
  });

  test('two copies in one batch run once, one after the other', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('count', async () => {
      await host.sleep(100);
      return ++runs;
    });
    await task.delay();
    const [message] = host.engine.messages('celery');
    await host.engine.adapters().broker.send('celery', { body: message?.body ?? '' });

    await host.invoke();

    expect(runs).toBe(1);
    expect(host.engine.messages('celery')).toEqual([]);
  });

  test('a late run does not replace the SUCCESS a Python worker stored meanwhile', async () => {
    const host = new FunctionHost();
    const task = host.app.task('task', { bind: true }, (self) => {
      host.engine.putAsPython(self.request.id, byPython(self.request.id, 'SUCCESS', 'by Python'));
      return 'by us';
    });
    const { id } = await task.delay();

    await host.invoke();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'by Python' });
    expect(host.engine.messages('celery')).toEqual([]);
  });

  test('a run replaces the STARTED a Python worker stored meanwhile', async () => {
    const host = new FunctionHost();
    const task = host.app.task('task', { bind: true }, (self) => {
      host.engine.putAsPython(self.request.id, byPython(self.request.id, 'STARTED', { pid: 1 }));
      return 'by us';
    });
    const { id } = await task.delay();

    await host.invoke();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'by us' });
  });

  test('a start that waited behind others rests on a new read', async () => {
    const host = new FunctionHost({ concurrency: 1 });
    const runs: number[] = [];
    const task = host.app.task('task', async (n: number) => {
      runs.push(n);
      if (n === 0) host.engine.putAsPython(second.id, byPython(second.id, 'SUCCESS', 'by Python'));
    });
    await task.delay(0);
    const second = await task.delay(1);

    await host.invoke();

    expect(runs).toEqual([0]);
  });

  test('a Python result of an unknown type counts as final by its status', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('task', () => ++runs);
    const { id } = await task.delay();
    const document =
      '{"status": "SUCCESS", "result": {"__type__": "Money", "__value__": 5}, "task_id": "x"}';
    host.engine.putAsPython(id, new TextEncoder().encode(document));

    await host.invoke();

    expect(runs).toBe(0);
  });
});

describe('nothing is acknowledged that is not stored', () => {
  test('a run whose outcome cannot be stored is given back, later each time', async () => {
    const host = new FunctionHost();
    const task = host.app.task('task', () => 1);
    await task.delay();
    host.fault = (_, verb) => (verb === 'store' ? new Error('away') : undefined);

    const delays: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      await host.invoke();
      delays.push([...host.settlements.values()][0]);
      const [message] = host.engine.messages('celery');
      await host.clock.advanceTo(message?.visibleAt ?? 0);
    }

    expect(delays).toEqual([10, 20, 40].map((delaySeconds) => ({ kind: 'return', delaySeconds })));
  });

  test('nothing starts while the table cannot be read', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('task', () => ++runs);
    await task.delay();
    host.fault = (_, verb) => (verb === 'read' ? new Error('away') : undefined);

    await host.invoke();

    expect(runs).toBe(0);
    expect([...host.settlements.values()]).toEqual([{ kind: 'return', delaySeconds: 10 }]);
  });

  test('a task that cannot start in the time left is given back at once', async () => {
    const host = new FunctionHost({ timeoutMs: 10_000, concurrency: 1 });
    const task = host.app.task('long', async () => {
      await host.sleep(8500);
    });
    await task.delay();
    await task.delay();

    await host.invoke();

    expect([...host.settlements.values()]).toEqual([
      { kind: 'settle' },
      { kind: 'return', delaySeconds: 0 },
    ]);
  });

  test('what a run reports after its time is over is refused', async () => {
    const host = new FunctionHost({ timeoutMs: 10_000 });
    let late: unknown;
    const task = host.app.task('late', { bind: true }, async (self) => {
      await host.sleep(20_000);
      late = await self.updateState({ state: 'PROGRESS' }).catch((error: unknown) => error);
    });
    const { id } = await task.delay();

    await host.invoke();
    await host.clock.advanceTo(host.clock.now() + 15_000);

    expect(late).toBeInstanceOf(Error);
    expect(host.document(id)).toBeUndefined();
  });
});

describe('a FIFO queue', () => {
  test('runs a group in order and holds the rest of it back behind one that is given back', async () => {
    const host = new FunctionHost();
    const runs: string[] = [];
    const task = host.app.task('step', (group: string, n: number) => {
      runs.push(`${group}${n}`);
    });
    for (const [group, n] of [
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['b', 2],
    ] as const) {
      await task.applyAsync([group, n], { queue: 'orders.fifo', messageGroupId: group });
    }
    let stores = 0;
    host.fault = (_, verb) => (verb === 'store' && ++stores === 1 ? new Error('away') : undefined);

    await host.invoke('orders.fifo');
    const first = [...runs];
    await host.runUntilEmpty('orders.fifo');

    expect(first.filter((run) => run.startsWith('a'))).toEqual(['a1']);
    expect(runs.filter((run) => run.startsWith('a'))).toEqual(['a1', 'a1', 'a2']);
    expect(runs.filter((run) => run.startsWith('b'))).toEqual(['b1', 'b2']);
  });
});

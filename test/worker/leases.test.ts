import { describe, expect, test } from 'vitest';
import { ImproperlyConfigured, OperationalError, silentLogger } from '../../lib/index.ts';
import type { Delivery, ResultBackend } from '../../lib/ports/index.ts';
import { encodeResultDocument, leaseHeader } from '../../lib/protocol/index.ts';
import { createWorker, type TaskEnd } from '../../lib/worker/index.ts';
import { FunctionHost } from './function-host.ts';

const leased = { exactlyOnce: 'lease' } as const;

/** The message's deliveries as SQS makes them when it delivers it twice. */
async function twice(host: FunctionHost, queue = 'celery'): Promise<readonly Delivery[]> {
  const { consumer } = host.engine.adapters();
  const deliveries = await consumer.receive(queue, { max: 1, waitSeconds: 0 });
  return deliveries.flatMap((one) => [one, { ...one, receiveCount: one.receiveCount + 1 }]);
}

/** Two invocations at once; answers what each says of its delivery. */
async function concurrently(host: FunctionHost, deliveries: readonly Delivery[]) {
  const startedAt = host.clock.now();
  const worker = createWorker(host.app, host.engine.adapters());
  const both = Promise.all(
    deliveries.map((delivery, n) =>
      worker.process([delivery], { token: `twin-${n}`, startedAt, deadline: startedAt + 30_000 }),
    ),
  );
  await drain(host, both);
  return (await both).flat();
}

async function drain(host: FunctionHost, promise: Promise<unknown>): Promise<void> {
  let ended = false;
  void promise.finally(() => {
    ended = true;
  });
  while (!ended) {
    await new Promise((resolve) => setImmediate(resolve));
    const next = host.clock.nextTimer();
    if (!ended && next !== undefined) await host.clock.advanceTo(next);
  }
}

function countRequests(host: FunctionHost, verbs: readonly string[]): string[] {
  const seen: string[] = [];
  host.fault = (_, verb) => {
    if (verbs.includes(verb)) seen.push(verb);
    return undefined;
  };
  return seen;
}

const writes = ['store', 'changeLease', 'mark', 'unmark', 'end'];

describe('a task with a lease', () => {
  test('never runs in two deliveries at once: the second returns when the lease ends', async () => {
    const host = new FunctionHost();
    let running = 0;
    let most = 0;
    const task = host.app.task('slow', leased, async () => {
      most = Math.max(most, ++running);
      await host.sleep(5000);
      return running--;
    });
    const { id } = await task.delay();

    const settlements = await concurrently(host, await twice(host));

    expect(most).toBe(1);
    expect(settlements).toContainEqual({ kind: 'settle' });
    expect(settlements).toContainEqual({ kind: 'return', delaySeconds: 35 });
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 1 });
  });

  test('without one both deliveries run', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('slow', async () => {
      runs++;
      await host.sleep(5000);
    });
    await task.delay();

    await concurrently(host, await twice(host));

    expect(runs).toBe(2);
  });

  test('costs two writes, and none of the marks of a suspect', async () => {
    const host = new FunctionHost();
    const task = host.app.task('task', { ...leased, trackStarted: true }, () => 1);
    await task.delay();
    const requests = countRequests(host, writes);

    await host.invoke();

    expect(requests).toEqual(['store', 'store']);
  });

  test('is STARTED for everybody while it runs', async () => {
    const host = new FunctionHost();
    let seen: unknown;
    const task = host.app.task('task', { ...leased, bind: true }, (self) => {
      seen = host.document(self.request.id);
    });
    await task.delay();

    await host.invoke();

    expect(seen).toMatchObject({ status: 'STARTED', result: { pid: process.pid } });
  });

  test('keeps its lease through the states it reports', async () => {
    const host = new FunctionHost();
    const task = host.app.task('task', { ...leased, bind: true }, async (self) => {
      await self.updateState({ state: 'PROGRESS', meta: 1 });
      await host.sleep(5000);
      return 'done';
    });
    const { id } = await task.delay();

    const settlements = await concurrently(host, await twice(host));

    expect(settlements.map(({ kind }) => kind).sort()).toEqual(['return', 'settle']);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'done' });
  });

  test('whose message alone asks for it has one as well, and its retry keeps it', async () => {
    const host = new FunctionHost();
    const task = host.app.task('plain', { bind: true }, (self) => {
      if (self.request.retries === 0) self.retry({ countdown: 0 });
      expect(self.request.headers).toEqual({});
      return self.request.retries;
    });
    const { id } = await task.applyAsync([], { headers: { [leaseHeader]: true } });
    const requests = countRequests(host, writes);

    await host.runUntilEmpty();

    expect(requests).toEqual(['store', 'store', 'store', 'store']);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 1 });
  });

  test('keeps its result although it is to be ignored: the lease lives in it', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('task', { ...leased, ignoreResult: true }, () => ++runs);
    const { id } = await task.delay();
    const deliveries = await twice(host);

    for (const delivery of deliveries) await host.run([delivery]);

    expect(runs).toBe(1);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 1 });
  });

  test('cannot be at most once, too', () => {
    const { app } = new FunctionHost();
    const both = { ...leased, acksLate: false };

    expect(() => app.task('task', both, () => 1)).toThrow(ImproperlyConfigured);
  });
});

describe('a lease whose process is lost', () => {
  async function lose(host: FunctionHost, crashes: number) {
    const starts: number[] = [];
    const task = host.app.task('killer', leased, () => {
      starts.push(host.clock.now());
      return starts.length <= crashes ? host.crash() : 'well';
    });
    const { id } = await task.delay();
    await host.runUntilEmpty();
    return { id, starts };
  }

  test('ends, and the task runs again', async () => {
    const host = new FunctionHost();

    const { id, starts } = await lose(host, 1);

    expect(starts).toHaveLength(2);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'well' });
  });

  test('is not taken over by a copy that comes before its end, and its clocks may differ', async () => {
    const host = new FunctionHost();
    let starts = 0;
    const task = host.app.task('killer', leased, () => (++starts === 1 ? host.crash() : 'well'));
    const { id } = await task.delay();
    const [first, copy] = await twice(host);
    const deadline = host.clock.now() + 30_000;
    await host.run(first ? [first] : []);

    const returns: unknown[] = [];
    for (const at of [deadline - 29_000, deadline, deadline + 4_999, deadline + 5_000]) {
      await host.clock.advanceTo(at);
      await host.run(copy ? [copy] : []);
      returns.push([starts, host.settlements.get(copy?.messageId ?? '')]);
    }

    const back = (delaySeconds: number) => [1, { kind: 'return', delaySeconds }];
    expect(returns).toEqual([back(34), back(5), back(1), [2, { kind: 'settle' }]]);
    expect(host.document(id)?.status).toBe('SUCCESS');
  });

  test('is counted: after maxAttempts of them the task fails, and no mark is made', async () => {
    const host = new FunctionHost({ maxAttempts: 3 });
    const requests = countRequests(host, writes);

    const { id, starts } = await lose(host, 99);

    expect(starts).toHaveLength(3);
    expect(requests).toEqual(['store', 'store', 'store', 'store']);
    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'WorkerLostError' },
    });
    expect(host.letters()).toMatchObject([{ attributes: { reason: 'WorkerLostError' } }]);
  });

  test('is counted anew when its letter is sent back', async () => {
    const host = new FunctionHost({ maxAttempts: 1 });
    let broken = true;
    const task = host.app.task('mended', leased, () => (broken ? host.crash() : 'well'));
    const { id } = await task.delay();
    await host.runUntilEmpty();
    broken = false;

    const [letter] = host.letters();
    await host.engine.adapters().broker.send('celery', { body: letter?.body ?? '' });
    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'well' });
  });
});

describe('a run that has lost its lease', () => {
  test('stores nothing: what the other stored stays', async () => {
    const ends: unknown[] = [];
    const observe = ({ result }: TaskEnd) => ends.push(result);
    const host = new FunctionHost({ observe });
    const order: string[] = [];
    const task = host.app.task('task', leased, async () => {
      const name = `run ${order.length}`;
      order.push(name);
      // Its process stood still for longer than its lease.
      if (order.length === 1) await host.sleep(60_000);
      return name;
    });
    const { id } = await task.delay();
    const [first, copy] = await twice(host);
    const worker = createWorker(host.app, host.engine.adapters(), { observe });
    const startedAt = host.clock.now();
    const old = worker.process(first ? [first] : [], {
      token: 'old',
      startedAt: startedAt - 1_000_000,
      deadline: startedAt + 61_500,
    });
    await new Promise((resolve) => setImmediate(resolve));
    // As if its invocation had promised to end at once.
    const { results } = host.engine.adapters();
    const owner = `old/${first?.messageId}`;
    await results.changeLease({
      taskId: id,
      owner,
      to: { owner, epoch: 1, until: startedAt, ended: false },
      expiresAt: undefined,
    });

    await host.run(copy ? [copy] : []);
    await drain(host, old);
    const [settlement] = await old;

    expect(order).toEqual(['run 0', 'run 1']);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'run 1' });
    expect(settlement).toEqual({ kind: 'settle' });
    expect(ends).toEqual(['run 1']);
  });
});

describe('an innocent under a lease', () => {
  test('whose outcome cannot be stored gives its lease back and is not counted', async () => {
    const host = new FunctionHost({ maxAttempts: 2 });
    const add = host.app.task('add', leased, (x: number, y: number) => x + y);
    const { id } = await add.delay(1, 2);
    let stores = 0;
    // Every second store is an end.
    host.fault = (_, verb) =>
      verb === 'store' && ++stores < 12 && stores % 2 === 0 ? new Error('throttled') : undefined;
    const startedAt = host.clock.now();

    await host.invoke();
    const settlements = [...host.settlements.values()];
    await host.clock.advanceTo(startedAt + 10_000);
    await host.invoke();
    const again = stores;
    await host.runUntilEmpty();

    expect(settlements).toEqual([{ kind: 'return', delaySeconds: 10 }]);
    expect(again).toBe(4); // it started again long before its first lease would have ended
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 3 });
  });

  test('cut short because others went before it gets its time in a later batch', async () => {
    const host = new FunctionHost({ timeoutMs: 10_000, maxAttempts: 1, concurrency: 1 });
    const long = host.app.task('long', leased, async () => {
      await host.sleep(6000);
    });
    const results = await Promise.all(Array.from({ length: 3 }, () => long.delay()));

    await host.runUntilEmpty();

    expect(results.map(({ id }) => host.document(id)?.status)).toEqual(Array(3).fill('SUCCESS'));
  });

  test('that asks to be requeued is not counted', async () => {
    const host = new FunctionHost({ maxAttempts: 1 });
    const { Reject } = await import('../../lib/index.ts');
    let runs = 0;
    const task = host.app.task('picky', leased, () => {
      if (++runs < 4) throw new Reject('later', { requeue: true });
      return runs;
    });
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 4 });
  });

  test('that ends without a state does not start again', async () => {
    const host = new FunctionHost();
    const { Ignore } = await import('../../lib/index.ts');
    let runs = 0;
    const task = host.app.task('quiet', leased, () => {
      runs++;
      throw new Ignore();
    });
    await task.delay();
    const deliveries = await twice(host);

    for (const delivery of deliveries) {
      await host.run([delivery]);
      await host.clock.advanceTo(host.clock.now() + 600_000);
    }

    expect(runs).toBe(1);
    expect([...host.settlements.values()]).toEqual([{ kind: 'settle' }]);
  });
});

describe('a retry of a leased task', () => {
  test('drops the lease: the next attempt starts at once, counted anew', async () => {
    const host = new FunctionHost({ maxAttempts: 1 });
    const starts: number[] = [];
    const task = host.app.task('again', { ...leased, bind: true }, (self) => {
      starts.push(host.clock.now());
      if (self.request.retries < 2) self.retry({ countdown: 0 });
      return self.request.retries;
    });
    const { id } = await task.delay();
    const startedAt = host.clock.now();

    await host.runUntilEmpty();

    expect(starts).toEqual([startedAt, startedAt, startedAt]);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 2 });
  });
});

describe('a revoke and a lease', () => {
  test('nobody judges a task while its lease lives: it ends as it ends', async () => {
    const host = new FunctionHost();
    const task = host.app.task('slow', leased, async () => {
      await host.sleep(5000);
      return 'done';
    });
    const result = await task.delay();
    const [first, copy] = await twice(host);
    const worker = createWorker(host.app, host.engine.adapters());
    const startedAt = host.clock.now();
    const running = worker.process(first ? [first] : [], {
      token: 'running',
      startedAt,
      deadline: startedAt + 30_000,
    });
    await new Promise((resolve) => setImmediate(resolve));
    await result.revoke();

    await host.run(copy ? [copy] : []);
    const met = host.document(result.id)?.status;
    await drain(host, running);

    expect(met).toBe('STARTED');
    expect(host.document(result.id)).toMatchObject({ status: 'SUCCESS', result: 'done' });
  });

  test('a revoked task whose process was lost ends REVOKED after the lease, not started again', async () => {
    const host = new FunctionHost();
    let starts = 0;
    const task = host.app.task('killer', leased, () => {
      starts++;
      return host.crash();
    });
    const result = await task.delay();
    await host.invoke();
    await result.revoke();

    await host.runUntilEmpty();

    expect(starts).toBe(1);
    expect(host.document(result.id)?.status).toBe('REVOKED');
  });

  test('terminating it stores REVOKED as its owner', async () => {
    const host = new FunctionHost({ timeoutMs: 60_000 });
    const task = host.app.task('long', leased, () => host.sleep(50_000));
    const result = await task.delay();
    host.clock.setTimer(7_000, () => void result.revoke({ terminate: true }));

    await host.invoke();

    expect(host.document(result.id)?.status).toBe('REVOKED');
  });
});

describe('a lease on a FIFO queue', () => {
  test('holds the group back behind a task that runs elsewhere', async () => {
    const host = new FunctionHost();
    const runs: number[] = [];
    const task = host.app.task('step', leased, (n: number) => {
      runs.push(n);
      return n === 1 && runs.length === 1 ? host.crash() : n;
    });
    for (const n of [1, 2]) {
      await task.applyAsync([n], { queue: 'orders.fifo', messageGroupId: 'g' });
    }
    const { consumer } = host.engine.adapters();
    const deliveries = await consumer.receive('orders.fifo', { max: 10, waitSeconds: 0 });
    await host.run(deliveries);

    await host.clock.advanceTo(host.clock.now() + 1000);
    await host.run(deliveries);
    const settlements = [...host.settlements.values()];
    await host.runUntilEmpty('orders.fifo');

    expect(settlements).toEqual([
      { kind: 'return', delaySeconds: 34 },
      { kind: 'return', delaySeconds: 0 },
    ]);
    expect(runs).toEqual([1, 1, 2]);
  });
});

describe('a message that cannot run beside a live lease', () => {
  test('waits for the lease instead of ending the task', async () => {
    const host = new FunctionHost();
    const task = host.app.task('slow', leased, async () => {
      await host.sleep(5000);
      return 'done';
    });
    const { id } = await task.delay();
    const [first, copy] = await twice(host);
    const worker = createWorker(host.app, host.engine.adapters());
    const { Celery } = await import('../../lib/index.ts');
    const older = new Celery('test', { logger: silentLogger });
    older.useAdapters(host.engine.adapters(), host);
    const startedAt = host.clock.now();
    const invocation = { token: 'running', startedAt, deadline: startedAt + 30_000 };
    const running = worker.process(first ? [first] : [], invocation);
    await new Promise((resolve) => setImmediate(resolve));

    const settlements = await createWorker(older, host.engine.adapters()).process(
      copy ? [copy] : [],
      { ...invocation, token: 'older' },
    );
    await drain(host, running);

    expect(settlements).toEqual([{ kind: 'return', delaySeconds: 35 }]);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'done' });
  });
});

describe('a delivery that meets a live lease', () => {
  test('again and again comes back less often than its queue would dead-letter it for', async () => {
    const host = new FunctionHost();
    const task = host.app.task('killer', leased, () => host.crash());
    await task.delay();
    const [first] = await twice(host);
    if (!first) throw new Error('A message was sent');
    await host.run([first]);

    const returns: unknown[] = [];
    for (const receiveCount of [20, 21]) {
      await host.run([{ ...first, receiveCount }]);
      returns.push(host.settlements.get(first.messageId));
    }

    expect(returns).toEqual([
      { kind: 'return', delaySeconds: 35 },
      { kind: 'return', delaySeconds: 900 },
    ]);
  });

  test('waits for it after a run without one, too: the option may be new', async () => {
    const host = new FunctionHost();
    const task = host.app.task('task', { bind: true }, async (self) => {
      const lease = { owner: 'newer', epoch: 1, until: host.clock.now() + 60_000 };
      await host.engine.adapters().results.store({
        taskId: self.request.id,
        document: new Uint8Array(),
        status: 'STARTED',
        timestamp: host.clock.now() / 1000,
        expiresAt: undefined,
        attempt: 0,
        fromAttempt: 0,
        generation: 0,
        dead: undefined,
        retry: undefined,
        token: 'newer',
        over: undefined,
        lease: { kind: 'take', lease, seenEpoch: undefined },
      });
    });
    await task.delay();

    await host.invoke();

    expect([...host.settlements.values()]).toEqual([{ kind: 'return', delaySeconds: 60 }]);
  });
});

describe('a worker without a deadline', () => {
  const forever = { token: 'poller', startedAt: 0, deadline: Number.POSITIVE_INFINITY };

  async function aLongRun({ outage = [] }: { readonly outage?: readonly string[] } = {}) {
    const host = new FunctionHost();
    const adapters = host.engine.adapters();
    const refused = () => Promise.reject(new OperationalError('away'));
    const failing = Object.fromEntries(outage.map((verb) => [verb, refused]));
    const { results } = adapters;
    const partly: ResultBackend = {
      maxDocumentBytes: results.maxDocumentBytes,
      read: (...args) => results.read(...args),
      store: (write) => results.store(write),
      changeLease: (change) => results.changeLease(change),
      forget: (ids) => results.forget(ids),
      prolong: (...args) => results.prolong(...args),
      ...failing,
    };
    let reason: unknown;
    const task = host.app.task('long', { ...leased, bind: true }, async (self) => {
      self.signal.addEventListener('abort', () => {
        reason = self.signal.reason;
      });
      await host.sleep(600_000);
      return 'done';
    });
    const { id } = await task.delay();
    const [first, copy] = await twice(host);
    const worker = createWorker(host.app, { ...adapters, results: partly });
    const running = worker.process(first ? [first] : [], forever);
    await new Promise((resolve) => setImmediate(resolve));
    return { host, id, running, copy: copy ? [copy] : [], reason: () => reason };
  }

  test('extends the lease for as long as the run takes', async () => {
    const { host, id, running, copy } = await aLongRun();

    const met: unknown[] = [];
    for (const seconds of [50, 300, 590]) {
      await host.clock.advanceTo(Date.UTC(2026, 0, 1) + seconds * 1000);
      const worker = createWorker(host.app, host.engine.adapters());
      const startedAt = host.clock.now();
      met.push(
        ...(await worker.process(copy, {
          token: `copy-${seconds}`,
          startedAt,
          deadline: startedAt + 30_000,
        })),
      );
    }
    await drain(host, running);

    expect(met).toMatchObject(Array(3).fill({ kind: 'return' }));
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'done' });
    expect(host.clock.nextTimer()).toBeUndefined();
  });

  test.for([
    ['starts', 39_000, 1, { kind: 'settle' }],
    ['starts nothing', 40_000, 0, { kind: 'return', delaySeconds: 10 }],
    ['starts nothing', 70_000, 0, { kind: 'return', delaySeconds: 10 }],
  ] as const)(
    '%s when its lease is taken after %d ms: it must be there to extend it in time',
    async ([, ms, expected, settlement]) => {
      const host = new FunctionHost();
      const adapters = host.engine.adapters();
      const { results } = adapters;
      const store: ResultBackend['store'] = async (write) => {
        if (write.lease?.kind === 'take') await host.sleep(ms);
        return await results.store(write);
      };
      const slow: ResultBackend = {
        maxDocumentBytes: results.maxDocumentBytes,
        read: (...args) => results.read(...args),
        store,
        changeLease: (change) => results.changeLease(change),
        forget: (ids) => results.forget(ids),
        prolong: (...args) => results.prolong(...args),
      };
      let starts = 0;
      const task = host.app.task('task', leased, () => ++starts);
      await task.delay();
      const deliveries = (await twice(host)).slice(0, 1);
      const worker = createWorker(host.app, { ...adapters, results: slow });
      const settlements = worker.process(deliveries, forever);
      await drain(host, settlements);

      expect([starts, ...(await settlements)]).toEqual([expected, settlement]);
    },
  );

  test('leaves the run when another took the lease, and stores nothing', async () => {
    const { host, id, running, reason } = await aLongRun();
    const { results } = host.engine.adapters();
    const current = (await results.read([id])).get(id);
    const owner = current?.own?.lease?.owner ?? '';
    const to = { owner: 'another', epoch: 2, until: host.clock.now() + 900_000, ended: false };
    await results.changeLease({ taskId: id, owner, to, expiresAt: undefined });

    await host.clock.advanceTo(host.clock.now() + 25_000);
    const [settlement] = await running;

    expect(reason()).toMatchObject({ message: expect.stringContaining('lease was lost') });
    expect(settlement).toEqual({ kind: 'return', delaySeconds: 10 });
    expect(host.document(id)?.status).toBe('STARTED');
  });

  test('leaves the run when its lease could not be extended in time: another may have it', async () => {
    const { host, id, running, reason } = await aLongRun({ outage: ['changeLease'] });
    const startedAt = host.clock.now();

    await host.clock.advanceTo(startedAt + 59_000);
    const before = reason();
    await host.clock.advanceTo(startedAt + 60_000);
    const [settlement] = await running;

    expect(before).toBeUndefined();
    expect(reason()).toMatchObject({ message: expect.stringContaining('lease was lost') });
    expect(settlement).toEqual({ kind: 'return', delaySeconds: 10 });
    expect(host.document(id)?.status).toBe('STARTED');
  });

  test('goes on when its item was forgotten, or written by Python, meanwhile', async () => {
    const { host, id, running, copy } = await aLongRun();
    const started = encodeResultDocument({
      taskId: id,
      status: 'STARTED',
      result: null,
      traceback: null,
      children: [],
      dateDone: null,
    });
    await host.engine.adapters().results.forget([id]);
    await host.clock.advanceTo(host.clock.now() + 25_000);
    const taken = (await host.engine.adapters().results.read([id])).get(id)?.own?.lease;
    host.engine.putAsPython(id, started);
    await host.clock.advanceTo(host.clock.now() + 25_000);

    const startedAt = host.clock.now();
    const met = await createWorker(host.app, host.engine.adapters()).process(copy, {
      token: 'copy',
      startedAt,
      deadline: startedAt + 30_000,
    });
    await drain(host, running);

    expect(taken?.epoch).toBe(1);
    expect(met).toMatchObject([{ kind: 'return' }]);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'done' });
  });
});

import { describe, expect, test, vi } from 'vitest';
import { DecodeError, silentLogger } from '../../lib/index.ts';
import type { Admissions, StoredResult } from '../../lib/ports/index.ts';
import { encodeTaskMessage, newTaskMessage, type TaskMessage } from '../../lib/protocol/index.ts';
import { createWorker } from '../../lib/worker/index.ts';
import { FunctionHost } from './function-host.ts';

const day = 86_400_000;

function aTaskMessage(fields: Partial<TaskMessage> = {}): string {
  return encodeTaskMessage(
    newTaskMessage({ task: 'add', id: 'the-task', args: [1, 2], ...fields }),
  );
}

async function send(host: FunctionHost, body: string): Promise<void> {
  await host.engine.adapters().broker.send('celery', { body });
}

function aStoredResult(taskId: string): StoredResult {
  return { taskId, document: new Uint8Array(), timestamp: '-1', own: undefined };
}

/** Receives a message and loses it, so that the next receipt makes it a suspect. */
async function loseOnce(host: FunctionHost): Promise<void> {
  await host.engine.adapters().consumer.receive('celery', { max: 10, waitSeconds: 0 });
  await host.clock.advanceTo(host.clock.now() + 180_000);
}

describe('an item that nobody here can read', () => {
  test('is neither taken for final nor overwritten: its message waits in the dead-letter queue', async () => {
    const host = new FunctionHost();
    let runs = 0;
    host.app.task('add', (..._args: number[]) => ++runs);
    const unreadable = new TextEncoder().encode('\0celery-compressed\0application/x-bz2\0BZh9...');
    host.engine.putAsPython('the-task', unreadable);
    await send(host, aTaskMessage({ retries: 1 }));

    await host.invoke();

    expect(runs).toBe(0);
    expect(host.engine.item('the-task')?.document).toEqual(unreadable);
    expect(host.letters()).toMatchObject([
      { attributes: { detail: expect.stringContaining('result_compression') } },
    ]);
  });
});

describe('an item that is no result', () => {
  test('harms the task it belongs to, and no other of its batch', async () => {
    const host = new FunctionHost();
    const ran: string[] = [];
    host.app.task('add', { bind: true }, (self, ..._args: number[]) => {
      ran.push(self.request.id);
    });
    await send(host, aTaskMessage({ id: 'bad' }));
    await send(host, aTaskMessage({ id: 'good' }));
    const adapters = host.engine.adapters();
    const malformed = { ...aStoredResult('bad'), malformed: new DecodeError('no result') };
    const admissions: Admissions = {
      read: async () => ({ results: new Map([['bad', malformed]]), revoked: new Set() }),
    };
    const deliveries = await adapters.consumer.receive('celery', { max: 10, waitSeconds: 0 });

    const settlements = await createWorker(host.app, { ...adapters, admissions }).process(
      deliveries,
      { token: 'one', startedAt: host.clock.now(), deadline: host.clock.now() + 30_000 },
    );

    expect(settlements).toEqual([{ kind: 'settle' }, { kind: 'settle' }]);
    expect(ran).toEqual(['good']);
    expect(host.letters()).toMatchObject([
      { attributes: { reason: 'DecodeError', task_id: 'bad' } },
    ]);
  });
});

describe('an id that is used again after its result expired', () => {
  test('starts afresh though a marked start of it ended without a result', async () => {
    const host = new FunctionHost();
    let runs = 0;
    host.app.task('add', { ignoreResult: true }, (..._args: number[]) => {
      runs++;
    });
    for (let life = 0; life < 3; life++) {
      await send(host, aTaskMessage());
      await loseOnce(host);
      await host.runUntilEmpty();
      await host.clock.advanceTo(host.clock.now() + 3 * day);
    }

    expect(runs).toBe(3);
  });

  test('is not condemned for starts of earlier lives that were heard of', async () => {
    const host = new FunctionHost({ maxAttempts: 2, settings: { resultExpires: 3600 } });
    host.app.task('add', (x: number, y: number) => x + y);
    for (let life = 0; life < 5; life++) {
      await send(host, aTaskMessage());
      await loseOnce(host);
      await host.runUntilEmpty();
      await host.clock.advanceTo(host.clock.now() + 2 * 3_600_000);
    }

    expect(host.letters()).toEqual([]);
  });
});

describe('a message of unusual size', () => {
  test.for<Partial<TaskMessage>>([
    { parentId: 'p'.repeat(500_000) },
    { group: 'g'.repeat(410_000) },
  ])('whose headers do not fit the item runs once', async (fields) => {
    const host = new FunctionHost();
    let runs = 0;
    host.app.task('add', (..._args: number[]) => ++runs);
    await send(host, aTaskMessage(fields));

    await host.runUntilEmpty();

    expect(runs).toBe(1);
    expect(host.document('the-task')).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'EncodeError' },
    });
  });

  test('that leaves no room for attributes still carries its generation to the dead-letter queue', async () => {
    const host = new FunctionHost();
    const room = 1_048_576 - 60 - aTaskMessage({ argsrepr: '' }).length;
    await send(host, aTaskMessage({ args: ['x'.repeat(room)], argsrepr: '' }));
    await host.invoke();
    host.app.task('add', (x: string) => x.length);

    await send(host, host.letters()[0]?.body ?? '');
    await host.runUntilEmpty();

    expect(host.document('the-task')).toMatchObject({ status: 'SUCCESS', result: room });
  });

  test('an error that is too long keeps its type and the beginning of its text', async () => {
    const host = new FunctionHost();
    const fail = host.app.task('fail', () => {
      throw new RangeError('long '.repeat(200_000));
    });
    const { id } = await fail.delay();

    await host.invoke();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'RangeError', exc_message: [expect.stringMatching(/^long long/)] },
    });
  });
});

describe('what watches a worker', () => {
  const broken = () => {
    throw new Error('no disk');
  };

  test('a logger that throws decides over nothing', async () => {
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    const host = new FunctionHost({ settings: { logger } });
    const task = host.app.task('task', () => 1);
    const { id } = await task.delay();
    await send(host, 'hello');

    await host.invoke();

    expect(host.document(id)?.status).toBe('SUCCESS');
    expect(host.letters()).toHaveLength(1);
  });

  test('an observer that throws decides over nothing', async () => {
    const host = new FunctionHost({ observe: broken });
    const task = host.app.task('task', () => 1);
    const { id } = await task.delay();

    await host.invoke();

    expect(host.document(id)?.status).toBe('SUCCESS');
  });

  test('a state that is reported without being awaited, and cannot be stored, ends no process', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const warn = vi.fn();
    const host = new FunctionHost({ settings: { logger: { ...silentLogger, warn } } });
    const task = host.app.task('task', { bind: true }, (self) => {
      void self.updateState({ state: 'PROGRESS', meta: new Set() });
      return 1;
    });
    await task.delay();

    await host.invoke();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);

    expect(unhandled).not.toHaveBeenCalled();
    expect(warn).toHaveBeenCalled();
  });
});

describe('a start without a deadline', () => {
  test('is not judged while it lives, however often its message is received', async () => {
    const host = new FunctionHost();
    host.app.task('add', (..._args: number[]) => host.sleep(1_800_000));
    await send(host, aTaskMessage());
    await loseOnce(host);
    const adapters = host.engine.adapters();
    const [delivery] = await adapters.consumer.receive('celery', { max: 1, waitSeconds: 0 });
    const workers = [1, 2].map(() => createWorker(host.app, adapters, { maxAttempts: 1 }));
    const invocation = (token: string) => ({
      token,
      startedAt: host.clock.now(),
      deadline: Number.POSITIVE_INFINITY,
    });
    if (!delivery) throw new Error('nothing was received');

    const living = workers[0]?.process([delivery], invocation('living'));
    await new Promise((resolve) => setImmediate(resolve));
    await host.clock.advanceTo(host.clock.now() + 1_000_000);
    const other = await workers[1]?.process([delivery], invocation('other'));
    await host.clock.advanceTo(host.clock.now() + 1_000_000);
    await living;

    expect(other).toEqual([{ kind: 'return', delaySeconds: expect.any(Number) }]);
    expect(host.document('the-task')?.status).toBe('SUCCESS');
  });
});

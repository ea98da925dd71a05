import { describe, expect, test, vi } from 'vitest';
import { EncodeError, ValueError } from '../../lib/index.ts';
import { encodeTaskMessage, newTaskMessage } from '../../lib/protocol/index.ts';
import { FunctionHost } from './function-host.ts';

function revokedProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('a task that ends', () => {
  test('stores its value as SUCCESS and is deleted', async () => {
    const host = new FunctionHost();
    const add = host.app.task('add', (x: number, y: number) => x + y);
    const { id } = await add.delay(2, 3);

    await host.invoke();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 5, taskId: id });
    expect(host.engine.messages('celery')).toEqual([]);
  });

  test('stores what it threw as FAILURE and is deleted, never dead-lettered', async () => {
    const host = new FunctionHost();
    const fail = host.app.task('fail', () => {
      throw new ValueError('no');
    });
    const { id } = await fail.delay();

    await host.invoke();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ValueError', exc_message: ['no'], exc_module: 'builtins' },
      traceback: expect.stringContaining('ValueError: no'),
    });
    expect(host.letters()).toEqual([]);
  });

  test.for<[string, unknown]>([
    ['a text', 'text'],
    ['undefined', undefined],
    ['null', null],
    [
      'an object whose message cannot be read',
      Object.defineProperty({}, 'message', {
        get() {
          throw new Error('hidden');
        },
      }),
    ],
    ['a symbol', Symbol('s')],
    ['a revoked proxy', revokedProxy()],
  ])('stores a readable FAILURE when %s is thrown', async ([, thrown]) => {
    const host = new FunctionHost();
    const fail = host.app.task('fail', () => {
      throw thrown;
    });
    const { id } = await fail.delay();

    await host.invoke();

    const document = host.document(id);
    expect(document?.status).toBe('FAILURE');
    expect(document?.result).toMatchObject({
      exc_type: 'Error',
      exc_message: [expect.stringMatching(/text|was thrown/)],
    });
  });

  test('fails with EncodeError when JSON cannot carry its value', async () => {
    const host = new FunctionHost();
    const set = host.app.task('set', () => ({ inner: new Set([1]) }) as unknown);
    const { id } = await set.delay();

    await host.invoke();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'EncodeError', exc_module: 'kombu.exceptions' },
    });
  });

  test('keeps what else is known of it when JSON cannot carry its value', async () => {
    const host = new FunctionHost({ settings: { resultExtended: true } });
    const child = host.app.task('child', () => 1);
    const parent = host.app.task('parent', async (_x: number) => {
      await child.delay();
      return new Set([1]);
    });
    const { id } = await parent.delay(7);

    await host.invoke();

    expect(host.document(id)).toMatchObject({
      result: { exc_type: 'EncodeError' },
      traceback: expect.stringContaining('EncodeError'),
      children: [expect.anything()],
      ...{ name: 'parent', args: [7], kwargs: {}, retries: 0, queue: 'celery' },
    });
  });

  test('fails with EncodeError when its value does not fit an item', async () => {
    const host = new FunctionHost();
    const big = host.app.task('big', () => 'x'.repeat(500_000));
    const { id } = await big.delay();

    await host.invoke();

    expect(host.document(id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_message: [expect.stringContaining('407000')] },
    });
  });

  test('fails with a TypeError that names the parameter when the arguments do not fit', async () => {
    const host = new FunctionHost();
    host.app.task(
      'greet',
      { params: ['name', 'greeting'] },
      (name: string, greeting: string) => greeting + name,
    );
    const result = await host.app.sendTask('greet', ['Ada'], { kwargs: { greetin: 'Hi' } });

    await host.invoke();

    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: {
        exc_type: 'TypeError',
        exc_module: 'builtins',
        exc_message: [expect.stringContaining('greetin')],
      },
    });
  });

  test('is REVOKED when it expired before it could start', async () => {
    const host = new FunctionHost();
    let runs = 0;
    const task = host.app.task('count', () => ++runs);
    const { id } = await task.applyAsync([], { expires: 60 });
    await host.clock.advanceTo(host.clock.now() + 61_000);

    await host.invoke();

    expect(runs).toBe(0);
    expect(host.document(id)).toMatchObject({
      status: 'REVOKED',
      result: {
        exc_type: 'TaskRevokedError',
        exc_message: ['expired'],
        exc_module: 'celery.exceptions',
      },
      traceback: null,
    });
  });
});

describe('what a task says about itself', () => {
  test('states of its own are stored while it runs', async () => {
    const host = new FunctionHost();
    const seen: unknown[] = [];
    const task = host.app.task('steps', { bind: true }, async (self) => {
      await self.updateState({ state: 'PROGRESS', meta: { done: 1 } });
      seen.push(host.document(self.request.id));
      return 'done';
    });
    const { id } = await task.delay();

    await host.invoke();

    expect(seen).toMatchObject([{ status: 'PROGRESS', result: { done: 1 }, dateDone: null }]);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'done' });
  });

  test('a meta that JSON cannot carry is an error of updateState, and no end of the task', async () => {
    const host = new FunctionHost();
    let told: unknown;
    const task = host.app.task('steps', { bind: true }, async (self) => {
      told = await self
        .updateState({ state: 'PROGRESS', meta: new Set() })
        .catch((e: unknown) => e);
      return 'done';
    });
    const { id } = await task.delay();

    await host.invoke();

    expect(told).toBeInstanceOf(EncodeError);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'done' });
  });

  test.each(['SUCCESS', 'FAILURE', 'REVOKED', 'RETRY'])(
    'may not be %s, which only the end of a run is',
    async (state) => {
      const host = new FunctionHost();
      const task = host.app.task('steps', { bind: true, exactlyOnce: 'lease' }, (self) => {
        void self.updateState({ state });
        return 'done';
      });
      const { id } = await task.delay();

      await host.invoke();

      expect(host.document(id)).toMatchObject({
        status: 'FAILURE',
        result: {
          exc_type: 'ImproperlyConfigured',
          exc_message: [expect.stringContaining('report a state of your own')],
        },
      });
    },
  );

  test('after its end is refused, so that no such state is what remains', async () => {
    const host = new FunctionHost();
    let told: unknown;
    const task = host.app.task('steps', { bind: true, ignoreResult: true }, (self) => {
      setImmediate(async () => {
        told = await self.updateState({ state: 'LATE' }).catch((error: Error) => error.message);
      });
    });
    const { id } = await task.delay();

    await host.invoke();
    await vi.waitFor(() => expect(told).toBe('The run has ended: it can report LATE no more'));

    expect(host.document(id)).toBeUndefined();
  });

  test('STARTED is stored when it is tracked', async () => {
    const host = new FunctionHost();
    let during: unknown;
    const task = host.app.task('tracked', { bind: true, trackStarted: true }, (self) => {
      during = host.document(self.request.id);
    });
    await task.delay();

    await host.invoke();

    expect(during).toMatchObject({ status: 'STARTED', result: { pid: process.pid } });
  });

  test('children it sent are listed in its result, and are told their parent and root', async () => {
    const host = new FunctionHost();
    const requests: { parentId: string | null; rootId: string }[] = [];
    const child = host.app.task('child', { bind: true }, (self) => {
      requests.push(self.request);
    });
    const parent = host.app.task('parent', async () => (await child.delay()).id);
    const { id } = await parent.delay();

    await host.runUntilEmpty();

    const document = host.document(id);
    expect(document?.children).toEqual([[[document?.result, null], null]]);
    expect(requests).toMatchObject([{ parentId: id, rootId: id }]);
  });

  test('extended results name the task, its arguments, worker and queue', async () => {
    const host = new FunctionHost({ settings: { resultExtended: true } });
    const add = host.app.task('add', (x: number, y: number) => x + y);
    const { id } = await add.delay(1, 2);

    await host.invoke();

    expect(host.document(id)).toMatchObject({
      name: 'add',
      args: [1, 2],
      kwargs: {},
      retries: 0,
      queue: 'celery',
    });
  });
});

describe('a task whose result is ignored', () => {
  test('writes nothing, failures neither', async () => {
    const host = new FunctionHost();
    const ok = host.app.task('ok', { ignoreResult: true }, () => 1);
    const fail = host.app.task('fail', { ignoreResult: true }, () => {
      throw new Error('no');
    });
    const ids = [(await ok.delay()).id, (await fail.delay()).id];

    await host.invoke();

    expect(ids.map((id) => host.document(id))).toEqual([undefined, undefined]);
    expect(host.engine.messages('celery')).toEqual([]);
  });

  test('stores its failure with storeErrorsEvenIfIgnored', async () => {
    const host = new FunctionHost();
    const fail = host.app.task(
      'fail',
      { ignoreResult: true, storeErrorsEvenIfIgnored: true },
      () => {
        throw new Error('no');
      },
    );
    const { id } = await fail.delay();

    await host.invoke();

    expect(host.document(id)?.status).toBe('FAILURE');
  });

  test('the word of the message wins over the task', async () => {
    const host = new FunctionHost();
    const task = host.app.task('kept', { ignoreResult: true }, () => 1);
    const { id } = await task.applyAsync([], { ignoreResult: false });

    await host.invoke();

    expect(host.document(id)?.status).toBe('SUCCESS');
  });
});

describe('a message that came before its eta', () => {
  test('is sent on with a delay and runs on time, once', async () => {
    const host = new FunctionHost();
    const starts: number[] = [];
    host.app.task('later', () => {
      starts.push(host.clock.now());
    });
    const eta = new Date(host.clock.now() + 40 * 60_000);
    await host.engine.adapters().broker.send('celery', {
      body: encodeTaskMessage(
        newTaskMessage({ task: 'later', id: 'a', args: [], eta }),
        host.clock.now(),
      ),
    });

    await host.runUntilEmpty();

    expect(starts).toEqual([eta.getTime()]);
  });

  test('of a FIFO queue stays there, invisible', async () => {
    const host = new FunctionHost();
    let runs = 0;
    host.app.task('later', () => {
      runs++;
    });
    const eta = new Date(host.clock.now() + 60_000);
    await host.engine.adapters().broker.send('orders.fifo', {
      body: encodeTaskMessage(
        newTaskMessage({ task: 'later', id: 'a', args: [], eta }),
        host.clock.now(),
      ),
      groupId: 'g',
      deduplicationId: 'd',
    });

    await host.invoke('orders.fifo');
    const early = runs;
    await host.runUntilEmpty('orders.fifo');

    expect([early, runs]).toEqual([0, 1]);
  });
});

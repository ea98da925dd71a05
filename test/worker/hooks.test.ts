import { describe, expect, test } from 'vitest';
import type { Logger, SignalName } from '../../lib/index.ts';
import { DecodeError, Ignore, NotRegistered, Reject, silentLogger } from '../../lib/index.ts';
import { encodeTaskMessage, newTaskMessage } from '../../lib/protocol/index.ts';
import { FunctionHost } from './function-host.ts';

const ends: readonly SignalName[] = [
  'taskReceived',
  'taskPrerun',
  'taskSuccess',
  'taskFailure',
  'taskRetry',
  'taskRevoked',
  'taskRejected',
  'taskUnknown',
  'taskInternalError',
  'taskPostrun',
];

/** A host, and all that its worker signals, in order. */
function aHeardHost(options: ConstructorParameters<typeof FunctionHost>[0] = {}) {
  const host = new FunctionHost(options);
  const heard: [name: SignalName, signal: Readonly<Record<string, unknown>>][] = [];
  for (const name of ends) {
    host.app.on(name, (signal) => heard.push([name, { ...signal }]));
  }
  return { host, heard, names: () => heard.map(([name]) => name) };
}

describe('signals of a worker', () => {
  test('tell of a success, in order, once it is stored', async () => {
    const { host, heard, names } = aHeardHost();
    const add = host.app.task('add', (x: number, y: number) => x + y);
    const stored: unknown[] = [];
    host.app.on('taskSuccess', ({ taskId }) => stored.push(host.document(taskId)?.status));
    const { id } = await add.delay(1, 2);

    await host.invoke();

    expect(names()).toEqual(['taskReceived', 'taskPrerun', 'taskSuccess', 'taskPostrun']);
    expect(heard[2]?.[1]).toMatchObject({ sender: 'add', taskId: id, args: [1, 2], result: 3 });
    expect(heard[3]?.[1]).toMatchObject({ state: 'SUCCESS', retval: 3 });
    expect(stored).toEqual(['SUCCESS']);
  });

  test('tell of a failure with the very error, and its traceback', async () => {
    const { host, heard, names } = aHeardHost();
    const error = new RangeError('too much');
    const task = host.app.task('t', () => {
      throw error;
    });
    await task.delay();

    await host.invoke();

    expect(names()).toEqual(['taskReceived', 'taskPrerun', 'taskFailure', 'taskPostrun']);
    expect(heard[2]?.[1].exception).toBe(error);
    expect(heard[2]?.[1].traceback).toContain('too much');
    expect(heard[3]?.[1].retval).toBe(error);
  });

  test('tell of a retry with its reason', async () => {
    const { host, heard } = aHeardHost();
    const task = host.app.task('t', { bind: true }, (self) => {
      if (self.request.retries === 0) self.retry({ exc: new Error('later'), countdown: 0 });
    });
    await task.delay();

    await host.runUntilEmpty();

    const [, retry] = heard.find(([name]) => name === 'taskRetry') ?? [];
    expect(retry?.reason).toMatchObject({ name: 'Retry', exc: new Error('later') });
    expect(heard.filter(([name]) => name === 'taskSuccess')).toHaveLength(1);
  });

  test('tell of an expired task, which did not run', async () => {
    const { host, heard, names } = aHeardHost();
    const task = host.app.task('t', () => 1);
    await task.applyAsync([], { expires: 10 });
    await host.clock.advanceTo(host.clock.now() + 11_000);

    await host.invoke();

    expect(names()).toEqual(['taskReceived', 'taskRevoked']);
    expect(heard[1]?.[1]).toMatchObject({ expired: true, terminated: false });
  });

  test('tell of a revoked task', async () => {
    const { host, heard } = aHeardHost();
    const task = host.app.task('t', () => 1);
    const result = await task.delay();
    await host.app.control.revoke(result.id);

    await host.invoke();

    expect(heard[1]).toMatchObject(['taskRevoked', { expired: false, terminated: false }]);
  });

  test('tell of unknown tasks and of messages that are none', async () => {
    const { host, heard } = aHeardHost();
    const { broker } = host.engine.adapters();
    const body = encodeTaskMessage(newTaskMessage({ task: 'nobody', id: 'i', args: [] }));
    await broker.send('celery', { body });
    await broker.send('celery', { body: 'hello' });

    await host.invoke();

    expect(heard).toHaveLength(2);
    expect(heard).toContainEqual([
      'taskUnknown',
      { name: 'nobody', id: 'i', message: body, exc: expect.any(NotRegistered) },
    ]);
    expect(heard).toContainEqual([
      'taskRejected',
      { message: 'hello', exc: expect.any(DecodeError) },
    ]);
  });

  test('tell of a step that failed', async () => {
    const { host, heard } = aHeardHost();
    const task = host.app.task('t', () => 1);
    const { id } = await task.delay();
    host.fault = (_, verb) => (verb === 'store' ? new Error('no table') : undefined);

    await host.invoke();

    expect(heard.at(-1)).toMatchObject([
      'taskInternalError',
      { taskId: id, exception: new Error('no table') },
    ]);
    expect(heard.map(([name]) => name)).not.toContain('taskSuccess');
  });

  test.for([
    ['Ignore', () => new Ignore(), 'IGNORED'],
    ['Reject to requeue', () => new Reject('busy', { requeue: true }), 'REQUEUED'],
  ] as const)('tell just that the run is over after %s', async ([, make, state]) => {
    const { host, heard, names } = aHeardHost();
    const task = host.app.task('t', () => {
      throw make();
    });
    await task.delay();

    await host.invoke();

    expect(names()).toEqual(['taskReceived', 'taskPrerun', 'taskPostrun']);
    expect(heard[2]?.[1].state).toBe(state);
  });

  test('change nothing by a listener that throws; it is logged, and the others hear', async () => {
    const errors: unknown[] = [];
    const logger: Logger = { ...silentLogger, error: (...line) => errors.push(line) };
    const host = new FunctionHost({ settings: { logger } });
    const task = host.app.task('t', () => 1);
    let heard = 0;
    host.app.on('taskPrerun', () => {
      throw new Error('listener');
    });
    host.app.on('taskPrerun', async () => ++heard);
    const { id } = await task.delay();

    await host.invoke();

    expect(host.document(id)?.status).toBe('SUCCESS');
    expect(heard).toBe(1);
    expect(errors).toEqual([['A listener of taskPrerun failed', { error: new Error('listener') }]]);
  });
});

describe('handlers of a task', () => {
  /** A task that does as it is told, and a record of its handlers' arguments. */
  function aHandledTask(host: FunctionHost) {
    const calls: unknown[][] = [];
    const record =
      (name: string) =>
      (...args: unknown[]) =>
        void calls.push([name, ...args]);
    const task = host.app.task(
      't',
      {
        bind: true,
        params: ['how'],
        beforeStart: record('beforeStart'),
        onSuccess: record('onSuccess'),
        onFailure: record('onFailure'),
        onRetry: record('onRetry'),
        afterReturn: record('afterReturn'),
      },
      (self, how: string) => {
        if (how === 'fail') throw new Error('failed');
        if (how === 'retry' && self.request.retries === 0) self.retry({ countdown: 0 });
        return how;
      },
    );
    return { task, calls };
  }

  test('hear of a success with the arguments of Celery', async () => {
    const host = new FunctionHost();
    const { task, calls } = aHandledTask(host);
    const { id } = await task.applyAsync([], { kwargs: { how: 'well' } });

    await host.invoke();

    expect(calls).toEqual([
      ['beforeStart', id, [], { how: 'well' }],
      ['onSuccess', 'well', id, [], { how: 'well' }],
      ['afterReturn', 'SUCCESS', 'well', id, [], { how: 'well' }, null],
    ]);
  });

  test('hear of a failure', async () => {
    const host = new FunctionHost();
    const { task, calls } = aHandledTask(host);
    const { id } = await task.delay('fail');

    await host.invoke();

    const error = new Error('failed');
    const traceback = expect.stringContaining('failed');
    expect(calls.slice(1)).toEqual([
      ['onFailure', error, id, ['fail'], {}, traceback],
      ['afterReturn', 'FAILURE', error, id, ['fail'], {}, traceback],
    ]);
  });

  test('hear of a retry, after which nothing has returned', async () => {
    const host = new FunctionHost();
    const { task, calls } = aHandledTask(host);
    await task.delay('retry');

    await host.runUntilEmpty();

    expect(calls.map(([name]) => name)).toEqual([
      'beforeStart',
      'onRetry',
      'beforeStart',
      'onSuccess',
      'afterReturn',
    ]);
  });

  test('fail the task by beforeStart, and change nothing by the others', async () => {
    const host = new FunctionHost();
    const refuse = () => {
      throw new Error('no');
    };
    const before = host.app.task('before', { beforeStart: refuse }, () => 1);
    const after = host.app.task('after', { onSuccess: refuse, afterReturn: refuse }, () => 1);
    const ids = [(await before.delay()).id, (await after.delay()).id];

    await host.invoke();

    expect(ids.map((id) => host.document(id)?.status)).toEqual(['FAILURE', 'SUCCESS']);
  });
});

describe('middleware around execution', () => {
  test('nests, sees the error that the handler threw, and may answer instead', async () => {
    const host = new FunctionHost();
    const seen: unknown[] = [];
    host.app
      .use({
        execute: async (self, next) => {
          seen.push(`outer ${self.name}`);
          return { wrapped: await next() };
        },
      })
      .use({
        execute: async (_, next) => {
          try {
            return await next();
          } catch (error) {
            seen.push(error);
            return 'saved';
          }
        },
      });
    const task = host.app.task('t', () => {
      throw new Error('inner');
    });
    const { id } = await task.delay();

    await host.invoke();

    expect(seen).toEqual(['outer t', new Error('inner')]);
    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: { wrapped: 'saved' } });
  });
});

describe('the log', () => {
  function aLoggedHost() {
    const lines: [message: string, fields: object | undefined][] = [];
    const logger: Logger = {
      ...silentLogger,
      info: (message, fields) => lines.push([message, fields]),
    };
    return { host: new FunctionHost({ settings: { logger } }), lines };
  }

  test('has one line a task', async () => {
    const { host, lines } = aLoggedHost();
    const add = host.app.task('add', (x: number, y: number) => x + y);
    const { id } = await add.delay(1, 2);

    await host.invoke();

    expect(lines).toEqual([
      [
        'Task ended',
        {
          id,
          name: 'add',
          attempt: 0,
          queue: 'celery',
          receiveCount: 1,
          args: '(1, 2)',
          kwargs: '{}',
          state: 'SUCCESS',
          runtimeMs: 0,
        },
      ],
    ]);
  });

  test('shows what the task says instead of its arguments, in retries and for others` messages too', async () => {
    const { host, lines } = aLoggedHost();
    const login = host.app.task(
      'login',
      { bind: true, argsrepr: '(<user>, <secret>)' },
      (self, _user: string, _secret: string) => {
        if (self.request.retries === 0) self.retry({ countdown: 0, args: ['ann', 'hunter3'] });
      },
    );
    await login.delay('ann', 'hunter2');
    const fromOthers = newTaskMessage({ task: 'login', id: 'i', args: ['bob', 'hunter4'] });
    await host.engine
      .adapters()
      .broker.send('celery', { body: encodeTaskMessage({ ...fromOthers, retries: 1 }) });

    const [first] = host.engine.messages('celery');
    await host.runUntilEmpty();

    expect(JSON.parse(first?.body ?? '').headers.argsrepr).toBe('(<user>, <secret>)');
    expect(lines).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toContain('hunter');
  });
});

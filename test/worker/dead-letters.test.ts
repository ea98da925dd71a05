import { describe, expect, test } from 'vitest';
import { Celery, silentLogger } from '../../lib/index.ts';
import { encodeTaskMessage, newTaskMessage, type TaskMessage } from '../../lib/protocol/index.ts';
import { createWorker } from '../../lib/worker/index.ts';
import { FunctionHost } from './function-host.ts';

function aTaskMessage(fields: Partial<TaskMessage> = {}): string {
  return encodeTaskMessage(
    newTaskMessage({ task: 'add', id: 'the-task', args: [1, 2], ...fields }),
  );
}

async function send(host: FunctionHost, ...bodies: string[]): Promise<void> {
  for (const body of bodies) await host.engine.adapters().broker.send('celery', { body });
}

describe('a message of an unknown task', () => {
  test.for(['nobody', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'named %s fails as NotRegistered and moves to the dead-letter queue',
    async (task) => {
      const host = new FunctionHost();
      await send(host, aTaskMessage({ task }));

      await host.invoke();

      expect(host.document('the-task')).toMatchObject({
        status: 'FAILURE',
        result: { exc_type: 'NotRegistered', exc_message: [task], exc_module: 'celery.exceptions' },
      });
      expect(host.letters()).toMatchObject([
        { attributes: { reason: 'NotRegistered', task, task_id: 'the-task' } },
      ]);
      expect(host.engine.messages('celery')).toEqual([]);
    },
  );

  test('runs when its letter is sent back, body only, after the task is deployed', async () => {
    const host = new FunctionHost();
    await send(host, aTaskMessage());
    await host.invoke();
    host.app.task('add', (x: number, y: number) => x + y);

    await send(host, ...host.letters().map(({ body }) => body));
    await host.invoke();

    expect(host.document('the-task')).toMatchObject({ status: 'SUCCESS', result: 3 });
  });

  test('dies again, in a later life, when its letter is sent back too early', async () => {
    const host = new FunctionHost();
    await send(host, aTaskMessage());
    await host.invoke();
    await send(host, ...host.letters().map(({ body }) => body));

    await host.invoke();

    expect(host.letters().map(({ attributes }) => attributes?.dead_generation)).toEqual(['1', '2']);
    expect(host.engine.item('the-task')?.own).toMatchObject({ dead: 2, generation: 1 });
  });

  test('stays dead for an older copy, which is dead-lettered again rather than run', async () => {
    const host = new FunctionHost();
    await send(host, aTaskMessage());
    await host.invoke();
    let runs = 0;
    host.app.task('add', (..._args: number[]) => ++runs);

    await send(host, aTaskMessage());
    await host.invoke();

    expect(runs).toBe(0);
    expect(host.letters()).toHaveLength(2);
  });

  test('leaves an older copy nothing to do once the letter has run', async () => {
    const host = new FunctionHost();
    await send(host, aTaskMessage());
    await host.invoke();
    let runs = 0;
    host.app.task('add', (..._args: number[]) => ++runs);
    await send(host, ...host.letters().map(({ body }) => body));
    await host.invoke();

    await send(host, aTaskMessage());
    await host.invoke();

    expect(runs).toBe(1);
    expect(host.letters()).toHaveLength(1);
    expect(host.document('the-task')?.status).toBe('SUCCESS');
  });

  test('whose letter cannot be sent is given back, and dead-lettered at the next receipt', async () => {
    const host = new FunctionHost();
    await send(host, aTaskMessage());
    host.fault = (_, verb) => (verb === 'send' ? new Error('SQS is away') : undefined);
    await host.invoke();
    const lettersDuringOutage = host.letters().length;

    host.fault = () => undefined;
    await host.runUntilEmpty();

    expect(lettersDuringOutage).toBe(0);
    expect(host.letters()).toHaveLength(1);
  });

  test('records the late success of a task whose result is ignored, since its death is on record', async () => {
    const host = new FunctionHost();
    await send(host, aTaskMessage({ ignoreResult: true }));
    await host.invoke();
    host.app.task('add', (x: number, y: number) => x + y);

    await send(host, ...host.letters().map(({ body }) => body));
    await host.invoke();

    expect(host.document('the-task')?.status).toBe('SUCCESS');
  });
});

const pickled = JSON.stringify({
  body: 'gASVBQAAAAAAAAA=',
  'content-type': 'application/x-python-serialize',
  'content-encoding': 'binary',
  headers: { task: 'add', id: 'the-task' },
  properties: { body_encoding: 'base64' },
});

function broken(change: (envelope: Record<string, unknown>) => void): string {
  const envelope = JSON.parse(aTaskMessage());
  change(envelope);
  return JSON.stringify(envelope);
}

/** Receives what is in the queue after a deploy that took YAML away. */
async function acceptOnlyJson({ engine, clock, random }: FunctionHost): Promise<void> {
  const deployed = new Celery('test', { logger: silentLogger });
  const adapters = engine.adapters();
  deployed.useAdapters(adapters, { clock, random });
  const deliveries = await adapters.consumer.receive('celery', { max: 10, waitSeconds: 0 });
  const startedAt = clock.now();
  await createWorker(deployed, adapters).process(deliveries, {
    token: 'after-the-deploy',
    startedAt,
    deadline: startedAt + 30_000,
  });
}

const brokenMessages: [what: string, text: string, reason: string, idKnown: boolean][] = [
  ['text that is not JSON', 'hello', 'DecodeError', false],
  ['half a message', aTaskMessage().slice(0, 200), 'DecodeError', false],
  ['an envelope without properties', broken((e) => delete e.properties), 'DecodeError', true],
  [
    'a body that is no list',
    broken((e) => Object.assign(e, { body: '{"a":1}' })),
    'DecodeError',
    true,
  ],
  [
    'a body of two elements',
    broken((e) => Object.assign(e, { body: '[[],{}]' })),
    'DecodeError',
    true,
  ],
  [
    'an unknown type',
    broken((e) => Object.assign(e, { body: '[[{"__type__":"weird","__value__":1}],{},{}]' })),
    'DecodeError',
    true,
  ],
  [
    'nesting a thousand deep',
    broken((e) => Object.assign(e, { body: `[[${'['.repeat(1000)}${']'.repeat(1000)}],{},{}]` })),
    'DecodeError',
    true,
  ],
  [
    'compression that is none',
    broken((e) => Object.assign(e.headers as object, { compression: 'application/x-gzip' })),
    'DecodeError',
    true,
  ],
  ['pickle', pickled, 'ContentDisallowed', true],
];

describe('a message that cannot be read', () => {
  test.for(['the retry of a task', 'the retry of what took its place'] as const)(
    'any more, of %s, fails the task, which would be retried for ever',
    async (what) => {
      const host = new FunctionHost({ settings: { acceptContent: ['json', 'yaml'] } });
      const flaky = host.app.task('flaky', { bind: true, serializer: 'yaml' }, (self) => {
        self.retry({ countdown: 60 });
      });
      const first = host.app.task('first', { bind: true }, (self) => self.replace(flaky.s()));
      const { id } = await (what === 'the retry of a task' ? flaky : first).delay();
      while (host.document(id)?.status !== 'RETRY') await host.invoke();
      await host.clock.advanceTo(host.clock.now() + 60_000);

      await acceptOnlyJson(host);

      expect(host.document(id)).toMatchObject({
        status: 'FAILURE',
        result: { exc_type: 'ContentDisallowed' },
      });
      expect(host.letters()).toMatchObject([{ attributes: { task_id: id } }]);
    },
  );

  test('any more, of an attempt before the one that waits, fails nothing', async () => {
    const host = new FunctionHost({ settings: { acceptContent: ['json', 'yaml'] } });
    const flaky = host.app.task('flaky', { bind: true, serializer: 'yaml' }, (self) => {
      self.retry({ countdown: 600 });
    });
    const { id } = await flaky.delay();
    const [old] = host.engine.messages('celery');
    await host.invoke();
    await send(host, old?.body ?? '');

    await acceptOnlyJson(host);

    expect(host.document(id)?.status).toBe('RETRY');
    expect(host.letters()).toHaveLength(1);
  });

  test.for(brokenMessages)(
    '%s moves to the dead-letter queue; the rest of the batch is unharmed',
    async ([, text, reason, idKnown]) => {
      const host = new FunctionHost();
      const add = host.app.task('add', (x: number, y: number) => x + y);
      const before = await add.delay(1, 1);
      await send(host, text);
      const after = await add.delay(2, 2);

      await host.invoke();

      expect(host.letters()).toMatchObject([{ attributes: { reason, queue: 'celery' } }]);
      expect(host.letters()[0]?.attributes?.detail).toMatch(/\S/);
      const read = host.document('the-task');
      if (idKnown) expect(read).toMatchObject({ status: 'FAILURE', result: { exc_type: reason } });
      else expect(read).toBeUndefined();
      expect([before, after].map(({ id }) => host.document(id)?.status)).toEqual([
        'SUCCESS',
        'SUCCESS',
      ]);
      expect(host.engine.messages('celery')).toEqual([]);
    },
  );

  test('does not touch the result of a finished task whose id it bears', async () => {
    const host = new FunctionHost();
    host.app.task('add', (x: number, y: number) => x + y);
    await send(host, aTaskMessage());
    await host.invoke();

    await send(
      host,
      broken((e) => Object.assign(e, { body: '[]' })),
    );
    await host.invoke();

    expect(host.document('the-task')?.status).toBe('SUCCESS');
    expect(host.letters()).toHaveLength(1);
  });
});

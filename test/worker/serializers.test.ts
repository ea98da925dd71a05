import { describe, expect, test } from 'vitest';
import { decodeEnvelope } from '../../lib/protocol/index.ts';
import { decodeBody, readySerializer, registerSerializer } from '../../lib/serializers/index.ts';
import { createWorker } from '../../lib/worker/index.ts';
import { FunctionHost } from './function-host.ts';

const when = new Date('2026-02-03T04:05:06.789Z');

describe.for(['yaml', 'msgpack'])('a task in %s', (name) => {
  const settings = { taskSerializer: name, resultSerializer: name, acceptContent: [name] };

  test('gets its arguments, and its result is read', async () => {
    const host = new FunctionHost({ settings });
    const echo = host.app.task('echo', (value: object) => value);
    const result = await echo.delay({ when, text: 'é', list: [1, 2.5, null] });

    const [message] = host.engine.messages('celery');
    await host.runUntilEmpty();

    const envelope = decodeEnvelope(message?.body ?? '');
    expect(envelope.contentType).toBe(`application/x-${name}`);
    expect(envelope.properties.body_encoding).toBe(name === 'yaml' ? 'utf-8' : 'base64');
    const value = (await result.get()) as { when: Date };
    expect({ ...value, when: value.when.getTime() }).toEqual({
      when: when.getTime(),
      text: 'é',
      list: [1, 2.5, null],
    });
  });

  test('is retried in what it came in, compressed as it came', async () => {
    const host = new FunctionHost({ settings: { ...settings, taskCompression: 'gzip' } });
    const attempts: unknown[] = [];
    const flaky = host.app.task('flaky', { bind: true }, (self, value: string) => {
      attempts.push(value);
      if (self.request.retries === 0) self.retry({ countdown: 1, args: ['changed'] });
      return value;
    });
    const result = await flaky.delay('first');

    await host.invoke();
    const [message] = host.engine.messages('celery');
    await host.runUntilEmpty();

    const envelope = decodeEnvelope(message?.body ?? '');
    expect(envelope.contentType).toBe(`application/x-${name}`);
    expect(envelope.headers.compression).toBe('application/x-gzip');
    expect(decodeBody(envelope, [name])).toMatchObject([['changed'], {}, {}]);
    expect([attempts, await result.get()]).toEqual([['first', 'changed'], 'changed']);
  });

  test('fails with a readable error when its result cannot be written', async () => {
    const host = new FunctionHost({ settings });
    const bad = host.app.task('bad', () => ({ at: new Map() }));
    const result = await bad.delay();

    await host.runUntilEmpty();

    await expect(result.get()).rejects.toThrow(/Cannot write \$\.result\.at as (YAML|MessagePack)/);
  });

  test('whose arguments cannot be written is not sent', async () => {
    const host = new FunctionHost({ settings });

    await expect(host.app.sendTask('t', [{ at: () => 1 }])).rejects.toThrow(
      /^A call of t cannot be sent: Cannot write args\[0\]\.at as/,
    );
    expect(host.engine.messages('celery')).toEqual([]);
  });

  test("that Python's worker has started is not taken for a finished one", async () => {
    const host = new FunctionHost({ settings });
    const result = await host.app.task('one', () => 1).applyAsync([], { taskId: 'shared' });
    const document = { status: 'STARTED', result: null, traceback: null, task_id: 'shared' };
    const written = readySerializer(name)?.encode(document) ?? '';
    host.engine.putAsPython('shared', Buffer.from(written));

    await host.runUntilEmpty();

    expect(await result.get()).toBe(1);
  });
});

test('a serializer by call goes before the one of the task, and that before the setting', async () => {
  const host = new FunctionHost({ settings: { taskSerializer: 'yaml' } });
  const plain = host.app.task('plain', () => 1);
  const packed = host.app.task('packed', { serializer: 'msgpack', compression: 'brotli' }, () => 1);

  await plain.delay();
  await packed.delay();
  await packed.applyAsync([], { serializer: 'json', compression: 'gzip' });
  await host.app.sendBatch([plain.s().set({ serializer: 'json' })]);

  const sent = host.engine.messages('celery').map(({ body }) => decodeEnvelope(body));
  expect(
    sent.map(({ contentType, headers }) => [contentType, headers.compression ?? null]),
  ).toEqual([
    ['application/x-yaml', null],
    ['application/x-msgpack', 'application/x-brotli'],
    ['application/json', 'application/x-gzip'],
    ['application/json', null],
  ]);
});

test('a message in a serializer that is not accepted is dead-lettered', async () => {
  const host = new FunctionHost();
  host.app.task('one', () => 1);
  const { id } = await host.app.sendTask('one', [], { serializer: 'yaml' });

  await host.runUntilEmpty();

  expect(host.letters()[0]?.attributes).toMatchObject({ reason: 'ContentDisallowed', task_id: id });
});

test('a compressed result is read by whoever has not set it', async () => {
  const host = new FunctionHost({ settings: { resultCompression: 'gzip' } });
  const long = host.app.task('long', () => 'x'.repeat(500_000));
  const result = await long.delay();

  await host.runUntilEmpty();

  expect(host.engine.item(result.id)?.document.byteLength).toBeLessThan(2000);
  expect(await result.get()).toHaveLength(500_000);
});

test('a registered serializer is used by its name', async () => {
  registerSerializer({
    name: 'reversed',
    contentType: 'application/x-reversed',
    contentEncoding: 'utf-8',
    encode: (value) => [...JSON.stringify(value)].reverse().join(''),
    decode: (body) => JSON.parse([...Buffer.from(body).toString()].reverse().join('')),
  });
  const settings = {
    taskSerializer: 'reversed',
    resultSerializer: 'reversed',
    acceptContent: ['application/x-reversed'],
  };
  const host = new FunctionHost({ settings });
  const result = await host.app.task('add', (x: number, y: number) => x + y).delay(2, 3);

  await host.runUntilEmpty();

  expect(await result.get()).toBe(5);
});

test.for([{ acceptContent: ['json', 'avro'] }, { resultSerializer: 'avro' }])(
  'a worker is not made for an application with %o, which nobody registered',
  (settings) => {
    const { app, engine } = new FunctionHost({ settings });

    expect(() => createWorker(app, engine.adapters())).toThrow(/^There is no serializer 'avro'/);
  },
);

test('a serializer of its own that cannot write a result fails the task, which ran once', async () => {
  const own = { name: 'own', contentType: 'application/x-own', contentEncoding: 'utf-8' };
  registerSerializer({
    ...own,
    encode: (value) => JSON.stringify(value),
    decode: (body) => JSON.parse(Buffer.from(body).toString()),
  });
  const host = new FunctionHost({ settings: { resultSerializer: 'own' } });
  let runs = 0;
  const big = host.app.task('big', () => {
    runs++;
    return 5n;
  });
  const result = await big.delay();

  await host.runUntilEmpty();

  await expect(result.get({ timeout: 1 })).rejects.toThrow(
    /^Serializer 'own' cannot write this: TypeError\(.*BigInt/,
  );
  expect(runs).toBe(1);
});

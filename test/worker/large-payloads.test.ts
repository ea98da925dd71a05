import { describe, expect, test } from 'vitest';
import { chain, EncodeError, OperationalError, PayloadError } from '../../lib/index.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeTaskMessage,
  newTaskMessage,
} from '../../lib/protocol/index.ts';
import { FunctionHost, type HostOptions } from './function-host.ts';

const megabytes = 'x'.repeat(3_000_000);
const day = 86_400;

/** A host with a place for large payloads, and the requests made to it. */
function aHost(options: HostOptions = {}) {
  const host = new FunctionHost({ ...options, engine: { blobs: true, ...options.engine } });
  const requests: string[] = [];
  host.fault = (port, verb) => {
    if (port === 'blobs') requests.push(verb);
    return undefined;
  };
  return { host, requests };
}

/** Replaces the only message of the queue by another text. */
async function forge(host: FunctionHost, edit: (body: string) => string): Promise<void> {
  const { consumer, broker } = host.engine.adapters();
  const [delivery] = await consumer.receive('celery', { max: 1, waitSeconds: 0 });
  if (!delivery) throw new Error('expected a message');
  await consumer.delete(delivery);
  await broker.send('celery', { body: edit(delivery.body) });
}

function withReference(body: string, change: Record<string, unknown>): string {
  const envelope = decodeEnvelope(body);
  const reference = { ...(envelope.headers.payload_reference as object), ...change };
  return encodeEnvelope({
    ...envelope,
    headers: { ...envelope.headers, payload_reference: reference },
  });
}

describe('a task whose arguments lie elsewhere', () => {
  test('gets them when it starts', async () => {
    const { host, requests } = aHost();
    const size = host.app.task('size', (text: string) => text.length);
    const result = await size.delay(megabytes);

    await host.runUntilEmpty();

    expect(await result.get()).toBe(megabytes.length);
    expect(requests).toEqual(['get']);
  });

  test('costs no fetch while it is early, once it has expired, and once it is finished', async () => {
    const { host, requests } = aHost();
    const size = host.app.task('size', (text: string) => text.length);
    await size.applyAsync([megabytes], { taskId: 'early', countdown: 2000 });
    await size.applyAsync([megabytes], { taskId: 'expired', expires: -1 });
    await size.applyAsync([megabytes], { taskId: 'finished' });
    const [copy] = host.engine.messages('celery').slice(-1);

    await host.invoke();
    const before = [...requests];
    await host.engine.adapters().broker.send('celery', { body: copy?.body ?? '' });
    await host.invoke();

    expect(host.document('expired')?.status).toBe('REVOKED');
    expect(host.document('finished')).toMatchObject({ status: 'SUCCESS', result: 3_000_000 });
    expect({ before, after: requests }).toEqual({ before: ['get'], after: ['get'] });
  });

  test('is followed by who finds it finished, though its body lies elsewhere', async () => {
    const { host } = aHost();
    const size = host.app.task('size', (text: string) => text.length);
    const add = host.app.task('add', (x: number, y: number) => x + y);
    const last = await chain(size.s(megabytes), add.s(1)).applyAsync();
    host.fault = (port, verb) => {
      if (port === 'broker' && verb === 'sendBatch') void host.crash();
      return port === 'broker' ? new OperationalError('lost') : undefined;
    };
    await host.invoke();
    host.fault = () => undefined;
    const ended = host.document(last.parent?.id ?? '');

    await host.runUntilEmpty();

    expect(ended?.status).toBe('SUCCESS');
    expect(await last.get()).toBe(megabytes.length + 1);
  });

  test('that are small costs no request to the place of large ones', async () => {
    const { host, requests } = aHost();
    const echo = host.app.task('echo', (text: string) => text);
    const result = await echo.delay('small');

    await host.runUntilEmpty();

    expect([await result.get(), requests, host.engine.blobs().size]).toEqual(['small', [], 0]);
  });

  test('is given back while the place cannot be asked, and runs later', async () => {
    const { host } = aHost();
    const size = host.app.task('size', (text: string) => text.length);
    const result = await size.delay(megabytes);
    host.fault = (port) => (port === 'blobs' ? new OperationalError('S3 is away') : undefined);

    await host.invoke();
    const afterOutage = host.document(result.id);
    host.fault = () => undefined;
    await host.runUntilEmpty();

    expect(afterOutage).toBeUndefined();
    expect(await result.get()).toBe(megabytes.length);
  });

  test('reads an argument that merely looks like a reference as data', async () => {
    const { host, requests } = aHost();
    const echo = host.app.task('echo', (value: object) => value);
    const lookalike = {
      payload_reference: { uri: 'memory://payloads/arguments/35d/x', sha256: '0', bytes: 1 },
      'content-type': 'application/vnd.celery-aws.reference',
    };
    const result = await echo.delay(lookalike);

    await host.runUntilEmpty();

    expect(await result.get()).toEqual(lookalike);
    expect(requests).toEqual([]);
  });

  test("ignores a header of that name in a message that has a body, as a caller's own", async () => {
    const { host, requests } = aHost();
    host.app.task('echo', (value: string) => value);
    const message = newTaskMessage({ task: 'echo', id: 'own', args: ['here'] });
    await host.engine.adapters().broker.send('celery', { body: encodeTaskMessage(message) });
    await forge(host, (body) => withReference(body, { uri: 's3://elsewhere/secret' }));

    await host.runUntilEmpty();

    expect(host.document('own')).toMatchObject({ status: 'SUCCESS', result: 'here' });
    expect(requests).toEqual([]);
  });
});

describe('a reference that cannot be followed', () => {
  test.for<[string, Record<string, unknown>, string, RegExp]>([
    [
      'to another bucket',
      { uri: 's3://other/arguments/35d/x' },
      'PayloadError',
      /^Refusing a payload at s3:\/\/other.*keeps arguments under memory:\/\/payloads\/arguments\//,
    ],
    ['to a result', { uri: 'memory://payloads/results/2d/x' }, 'PayloadError', /Refusing/],
    [
      'that climbs',
      { uri: 'memory://payloads/arguments/35d/../../results/2d/x' },
      'PayloadError',
      /Refusing/,
    ],
    ['to nothing', { uri: 'memory://payloads/arguments/35d/none' }, 'PayloadError', /is gone/],
    [
      'to other bytes',
      { sha256: '0'.repeat(64) },
      'PayloadError',
      /is not the one that was put there/,
    ],
    ['of another size', { bytes: 5 }, 'PayloadError', /expected 5 bytes/],
    [
      'to pickle',
      { content_type: 'application/x-python-serialize' },
      'ContentDisallowed',
      /x-python-serialize/,
    ],
    [
      'to what is no body',
      { compression: 'application/x-gzip' },
      'DecodeError',
      /Cannot decompress/,
    ],
    ['that is half', { uri: null }, 'DecodeError', /payload_reference "uri"/],
  ])('%s is dead-lettered with its reason', async ([, change, reason, detail]) => {
    const { host } = aHost();
    const size = host.app.task('size', (text: string) => text.length);
    const { id } = await size.delay(megabytes);
    await forge(host, (body) => withReference(body, change));

    await host.runUntilEmpty();

    expect(host.letters()[0]?.attributes).toMatchObject({ reason, task_id: id, task: 'size' });
    expect(host.letters()[0]?.attributes?.detail).toMatch(detail);
    expect(host.document(id)).toMatchObject({ status: 'FAILURE', result: { exc_type: reason } });
  });

  test('because this worker has no place runs when it is sent back to one that has', async () => {
    const { host } = aHost();
    const size = host.app.task('size', (text: string) => text.length);
    const result = await size.delay(megabytes);
    const adapters = host.engine.adapters();
    const [delivery] = await adapters.consumer.receive('celery', { max: 1, waitSeconds: 0 });
    if (!delivery) throw new Error('expected a message');
    const { createWorker } = await import('../../lib/worker/index.ts');
    const blind = createWorker(host.app, { ...adapters, blobs: undefined });
    const invocation = { token: 'blind', startedAt: host.clock.now(), deadline: Infinity };

    const [settlement] = await blind.process([delivery], invocation);
    await adapters.consumer.delete(delivery);
    const [letter] = host.letters();
    await adapters.broker.send('celery', { body: letter?.body ?? '' });
    await host.runUntilEmpty();

    expect(settlement).toEqual({ kind: 'settle' });
    expect(letter?.attributes?.detail).toMatch(/names no "blobBucket"/);
    expect(await result.get()).toBe(megabytes.length);
  });
});

describe('a retry', () => {
  test('carries the reference on, and puts nothing twice', async () => {
    const { host, requests } = aHost();
    const seen: number[] = [];
    const flaky = host.app.task('flaky', { bind: true }, (self, text: string) => {
      seen.push(text.length);
      if (self.request.retries < 2) self.retry({ countdown: 1 });
      return text.length;
    });
    const result = await flaky.delay(megabytes);

    await host.runUntilEmpty();

    expect(await result.get()).toBe(megabytes.length);
    expect(seen).toEqual([3_000_000, 3_000_000, 3_000_000]);
    expect([requests, host.engine.blobs().size]).toEqual([['get', 'get', 'get'], 1]);
  });

  test('that outlives the body puts it away for longer', async () => {
    const { host, requests } = aHost();
    const slow = host.app.task('slow', { bind: true }, (self, text: string) => {
      if (self.request.retries === 0) self.retry({ countdown: 30 * day });
      return text.length;
    });
    const result = await slow.delay(megabytes);

    await host.invoke();

    expect(requests).toEqual(['get', 'put']);
    expect([...host.engine.blobs().keys()].map((key) => key.slice(0, -37))).toEqual([
      'arguments/35d',
      'arguments/100d',
    ]);
    expect(await result.state()).toBe('RETRY');
  });

  test('with large new arguments puts them away before RETRY is stored', async () => {
    const { host } = aHost();
    const grow = host.app.task(
      'grow',
      { bind: true, params: ['text', 'more'] },
      (self, text: string, more: string) => {
        if (self.request.retries === 0) self.retry({ countdown: 1, args: [megabytes] });
        return [text.length, more];
      },
    );
    const result = await grow.applyAsync(['small'] as never, { kwargs: { more: 'kept' } as never });

    await host.invoke();
    const retry = host.engine.item(result.id)?.own?.retry ?? '';
    await host.runUntilEmpty();

    expect(retry.length).toBeLessThan(3000);
    expect(await result.get()).toEqual([3_000_000, 'kept']);
  });

  test.for(['before', 'after'] as const)(
    'whose process is lost %s its message was sent goes on with the same body',
    async (moment) => {
      const { host } = aHost();
      const grow = host.app.task(
        'grow',
        { bind: true, params: ['text', 'more'] },
        (self, text: string, more: string) => {
          if (self.request.retries === 0) self.retry({ countdown: 1, kwargs: { more: 'new' } });
          return [text.length, more];
        },
      );
      const result = await grow.applyAsync([megabytes] as never, {
        kwargs: { more: 'old' } as never,
      });
      const { fault } = host;
      host.fault = (port, verb) => {
        if (port === 'broker' && verb === 'send') {
          host.fault = fault;
          if (moment === 'after') queueMicrotask(() => void host.crash());
          else void host.crash();
          return moment === 'after' ? undefined : new OperationalError('lost');
        }
        return undefined;
      };

      await host.runUntilEmpty();

      expect(await result.get()).toEqual([3_000_000, 'new']);
    },
  );

  test.for([
    ['there is no place', { engine: { blobs: false } }],
    ['the setting is false', { settings: { largePayloads: false } }],
    ['the queue is external', { settings: { largePayloads: { externalQueues: ['celery'] } } }],
  ] as const)('with large new arguments fails where %s', async ([, options]) => {
    const { host } = aHost(options);
    const grow = host.app.task('grow', { bind: true }, (self, _: string) =>
      self.retry({ args: [megabytes] }),
    );
    const result = await grow.delay('small');

    await host.runUntilEmpty();

    await expect(result.get()).rejects.toThrow(/changes its arguments to 3000\d+ bytes; the limit/);
    expect(await result.state()).toBe('FAILURE');
  });
});

describe('a result too large for its item', () => {
  test('lies elsewhere, and is fetched by whoever asks for the value', async () => {
    const { host, requests } = aHost();
    const make = host.app.task('make', () => megabytes);
    const result = await make.delay();
    await host.runUntilEmpty();
    const puts = [...requests];

    const item = host.engine.item(result.id);
    expect(puts).toEqual(['put']);
    expect([...host.engine.blobs().keys()][0]).toMatch(/^results\/2d\/[0-9a-f-]{36}$/);
    expect(item?.document.byteLength).toBeLessThan(1000);
    expect([await result.state(), await result.ready()]).toEqual(['SUCCESS', true]);
    expect(await result.get()).toBe(megabytes);
    expect(await result.dateDone()).toBeInstanceOf(Date);
  });

  test('is forgotten with its document', async () => {
    const { host } = aHost();
    const make = host.app.task('make', () => megabytes);
    const [kept, gone] = [await make.delay(), await make.delay()];
    await host.runUntilEmpty();

    await gone.forget();

    expect(host.engine.blobs().size).toBe(1);
    expect(await kept.get()).toBe(megabytes);
    expect(await gone.state()).toBe('PENDING');
  });

  test('has beside it a document that Python refuses to read', async () => {
    const { host } = aHost();
    const make = host.app.task('make', () => megabytes);
    const { id } = await make.delay();

    await host.runUntilEmpty();

    const document = JSON.parse(Buffer.from(host.engine.item(id)?.document ?? []).toString());
    expect(Object.keys(document.result)).toEqual(['__type__', '__value__']);
    expect(document).toMatchObject({
      status: 'SUCCESS',
      task_id: id,
      result: { __type__: 'celery-aws.payload' },
    });
  });

  test.for([
    ['gone', (blobs: Map<string, Uint8Array>) => blobs.clear(), /is gone/],
    [
      'other bytes',
      (blobs: Map<string, Uint8Array>) => {
        for (const key of blobs.keys()) blobs.set(key, new Uint8Array(1));
      },
      /is not the one/,
    ],
  ] as const)('rejects a reader when it is %s', async ([, damage, says]) => {
    const { host } = aHost();
    const make = host.app.task('make', () => megabytes);
    const result = await make.delay();
    await host.runUntilEmpty();

    damage(host.engine.blobs() as Map<string, Uint8Array>);

    await expect(result.get()).rejects.toThrow(PayloadError);
    await expect(result.get()).rejects.toThrow(says);
  });

  test('may be a failure, or a state in between', async () => {
    const { host } = aHost();
    const states: unknown[] = [];
    const fail = host.app.task('fail', { bind: true }, async (self) => {
      await self.updateState({ state: 'PROGRESS', meta: { megabytes } });
      states.push(await self.app.AsyncResult(self.request.id).info());
      throw new Error(megabytes);
    });
    const result = await fail.delay();

    await host.runUntilEmpty();

    expect(states).toEqual([{ megabytes }]);
    await expect(result.get()).rejects.toThrow(/^x{1000}/);
  });

  test.for([
    ['there is no place', { engine: { blobs: false } }],
    ['the setting is false', { settings: { largePayloads: false } }],
  ] as const)('is FAILURE EncodeError where %s', async ([, options]) => {
    const { host } = aHost(options);
    const make = host.app.task('make', () => megabytes);
    const result = await make.delay();

    await host.runUntilEmpty();

    await expect(result.get()).rejects.toThrow(EncodeError);
    await expect(result.get()).rejects.toThrow(
      /takes 3000\d+ bytes .* an item of the results table holds/,
    );
  });

  test('is kept for as long as the item', async () => {
    const prefixes = async (resultExpires: number | null) => {
      const { host } = aHost({ settings: { resultExpires } });
      await host.app.task('make', () => megabytes).delay();
      await host.runUntilEmpty();
      return [...host.engine.blobs().keys()].map((key) => key.slice(0, -37));
    };

    expect(await prefixes(8 * day)).toEqual(['results/8d']);
    expect(await prefixes(8 * day + 1)).toEqual(['results/35d']);
    expect(await prefixes(null)).toEqual(['results/kept']);
  });

  test('is told by the threshold of the settings', async () => {
    const { host } = aHost({ settings: { largePayloads: { resultBytes: 1000 } } });
    const make = host.app.task('make', (length: number) => 'x'.repeat(length));
    const [small, large] = [await make.delay(100), await make.delay(1000)];

    await host.runUntilEmpty();

    expect([(await small.get()).length, (await large.get()).length]).toEqual([100, 1000]);
    expect(host.engine.blobs().size).toBe(1);
  });
});

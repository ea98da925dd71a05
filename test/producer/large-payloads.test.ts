import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Celery, EncodeError, QueueNotFound, silentLogger } from '../../lib/index.ts';
import { MemoryEngine } from '../../lib/memory/index.ts';
import { decodeEnvelope } from '../../lib/protocol/index.ts';
import { ManualClock, SeededRandom } from '../../lib/testing/index.ts';

type Settings = ConstructorParameters<typeof Celery>[1];

const megabytes = 'x'.repeat(3_000_000);
const day = 86_400;

/** An application on an engine with a place for large payloads. */
function setUp(settings: Settings = {}, engineOptions: { readonly blobs?: boolean } = {}) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const random = new SeededRandom(3);
  const engine = new MemoryEngine({
    clock,
    random,
    blobs: true,
    externalQueues: ['python'],
    queues: { celery: {}, python: {} },
    createMissingQueues: false,
    ...engineOptions,
  });
  const app = new Celery('shop', { logger: silentLogger, ...settings });
  app.useAdapters(engine.adapters(), { clock, random });
  const sent = (queue = 'celery') =>
    engine.messages(queue).map(({ body }) => ({ text: body, ...decodeEnvelope(body) }));
  return { app, clock, engine, sent };
}

describe('arguments that do not fit the message', () => {
  test('lie elsewhere, and a header of the message tells where', async () => {
    const { app, clock, engine, sent } = setUp();

    await app.sendTask('shop.store', [megabytes], { taskId: 'big' });

    const [[key, bytes] = ['', new Uint8Array()]] = engine.blobs();
    expect(JSON.parse(Buffer.from(bytes).toString())[0]).toEqual([megabytes]);
    const [{ text, headers, body, contentType }] = sent() as [ReturnType<typeof sent>[0]];
    expect(text.length).toBeLessThan(3000);
    expect({ body, contentType }).toEqual({
      body: '',
      contentType: 'application/vnd.celery-aws.reference',
    });
    expect(headers).toMatchObject({ task: 'shop.store', id: 'big' });
    expect(headers.argsrepr).toMatch(/^\('x{10}/);
    expect(headers.payload_reference).toEqual({
      uri: `memory://payloads/${key}`,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.byteLength,
      until: clock.now() / 1000 + 35 * day,
      content_type: 'application/json',
      content_encoding: 'utf-8',
      compression: null,
    });
    expect(key).toMatch(/^arguments\/35d\/[0-9a-f-]{36}$/);
  });

  test('are kept for as long as the message can wait, and 28 days', async () => {
    const { app, clock, engine } = setUp();
    const send = (countdown: number) => app.sendTask('shop.store', [megabytes], { countdown });

    await send(7 * day);
    await send(7 * day + 1);
    await send(3 * 365 * day);
    await app.sendTask('t', [megabytes], { eta: new Date(clock.now() + 20 * 365 * day * 1000) });

    const prefixes = [...engine.blobs().keys()].map((key) => key.split('/', 2).join('/'));
    expect(prefixes).toEqual([
      'arguments/35d',
      'arguments/100d',
      'arguments/1500d',
      'arguments/kept',
    ]);
  });

  test('of a batch lie elsewhere; small ones travel with their messages', async () => {
    const { app, engine, sent } = setUp();
    const call = (value: string) => app.signature('shop.store', [value]) as never;

    await app.sendBatch([call('small'), call(megabytes), call('tiny')]);

    expect(sent().map(({ contentType }) => contentType)).toEqual([
      'application/json',
      'application/vnd.celery-aws.reference',
      'application/json',
    ]);
    expect(engine.blobs().size).toBe(1);
  });

  test('that compression makes small travel with the message', async () => {
    const { app, engine, sent } = setUp({ taskCompression: 'gzip' });

    await app.sendTask('shop.store', [megabytes]);

    expect(engine.blobs().size).toBe(0);
    expect(sent()[0]?.headers.compression).toBe('application/x-gzip');
  });

  test.for([
    [
      'no place for them',
      {},
      { blobs: false },
      /the limit is \d+ .*largePayloads: true of CeleryApp/,
    ],
    ['largePayloads: false', { largePayloads: false }, {}, /The setting largePayloads is false/],
  ] as const)('are refused with %s', async ([, settings, engineOptions, says]) => {
    const { app, engine, sent } = setUp(settings, engineOptions);

    const sending = app.sendTask('shop.store', [megabytes]);

    await expect(sending).rejects.toThrow(EncodeError);
    await expect(sending).rejects.toThrow(says);
    expect([engine.blobs().size, sent().length]).toEqual([0, 0]);
  });

  test.for([
    ['the stack', {}, 'python'],
    ['a setting', { largePayloads: { externalQueues: ['celery'] } }, 'celery'],
  ] as const)('are refused for a queue that %s calls external', async ([, settings, queue]) => {
    const { app, engine, sent } = setUp(settings);

    const sending = app.sendTask('shop.store', [megabytes], { queue });

    await expect(sending).rejects.toThrow(
      /makes a message of \d{7} bytes; the limit is \d+ .*setting largePayloads\.externalQueues, or external: true/,
    );
    expect([engine.blobs().size, sent(queue).length]).toEqual([0, 0]);
  });

  test('are not put away for a queue that is not there', async () => {
    const { app, engine } = setUp();

    await expect(app.sendTask('shop.store', [megabytes], { queue: 'nope' })).rejects.toThrow(
      QueueNotFound,
    );
    expect(engine.blobs().size).toBe(0);
  });

  test('leave the message too large when its headers are', async () => {
    const { app, sent } = setUp();

    await expect(app.sendTask('t', [], { headers: { megabytes } })).rejects.toThrow(
      /even without its arguments: send smaller headers/,
    );
    expect(sent()).toEqual([]);
  });
});

describe('arguments over the threshold of the settings', () => {
  const settings = { largePayloads: { bodyBytes: 1000 } };

  test('lie elsewhere though they fit; what is at the threshold stays', async () => {
    const { app, engine } = setUp(settings);
    const overhead = JSON.stringify([[''], {}, nothingFollows]).length;

    await app.sendTask('t', ['x'.repeat(1000 - overhead)]);
    const before = engine.blobs().size;
    await app.sendTask('t', ['x'.repeat(1001 - overhead)]);

    expect([before, engine.blobs().size]).toEqual([0, 1]);
  });

  test.for([
    ['is no place for them', 'celery', { blobs: false }],
    ['are workers that could not follow', 'python', {}],
  ] as const)('travel with the message where there %s', async ([, queue, engineOptions]) => {
    const { app, engine, sent } = setUp(settings, engineOptions);

    await app.sendTask('t', ['x'.repeat(2000)], { queue });

    expect(engine.blobs().size).toBe(0);
    expect(sent(queue)[0]?.contentType).toBe('application/json');
  });
});

const nothingFollows = { callbacks: null, errbacks: null, chain: null, chord: null };

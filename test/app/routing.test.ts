import { describe, expect, test } from 'vitest';
import {
  Celery,
  type CeleryOptions,
  chain,
  ImproperlyConfigured,
  QueueNotFound,
} from '../../lib/index.ts';
import { MemoryEngine } from '../../lib/memory/index.ts';
import { startTestWorker } from '../../lib/testing/index.ts';
import { ManualClock } from '../../lib/testing/manual-clock.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { decode } from './support.ts';

const taskQueues = [
  { name: 'celery' },
  { name: 'images' },
  { name: 'video', exchange: 'media', exchangeType: 'topic', routingKey: 'video.#' },
  { name: 'audio', exchange: 'media', exchangeType: 'topic', bindingKey: '*.new' },
  { name: 'news-a', exchange: 'news', exchangeType: 'fanout' },
  { name: 'news-b', exchange: 'news', exchangeType: 'fanout' },
  { name: 'exact', exchange: 'dx', exchangeType: 'direct', routingKey: 'k' },
] as const;

const names = [...taskQueues.map(({ name }) => name), 'orders.fifo', 'celery-p4', 'celery-p7'];

function anApp(options: CeleryOptions = {}, lanes: Record<string, readonly number[]> = {}) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const random = new SeededRandom(1);
  const app = new Celery('shop', { clock, random, taskQueues, ...options });
  const engine = new MemoryEngine({
    clock,
    random,
    queues: Object.fromEntries(names.map((name) => [name, {}])),
    createMissingQueues: false,
    lanes,
    fanouts: app.router.exchanges.fanouts(),
  });
  app.useAdapters(engine.adapters());
  /** What lies where, as `queue: exchange/key`. */
  const sent = () =>
    names.flatMap((queue) =>
      engine.messages(queue).map(({ body }) => {
        const { exchange, routingKey } = decode(body).deliveryInfo;
        return `${queue}: ${exchange}/${routingKey}`;
      }),
    );
  return { app, engine, sent };
}

type Options = Parameters<Celery['sendTask']>[2];

describe('where a call goes', () => {
  const high = { queue: 'video', routingKey: 'video.high' };

  // The answers are those of Celery 5.7.0's router and task sender, but for the last two.
  test.for<
    readonly [
      why: string,
      said: { routes?: object; task?: { queue?: string; exchange?: string }; call?: Options },
      where: readonly string[],
    ]
  >([
    ['nobody says anything', {}, ['celery: /celery']],
    ['the call says a queue', { call: { queue: 'images' } }, ['images: /images']],
    ['a route says a queue', { routes: { t: 'images' } }, ['images: /images']],
    [
      'the task goes before routes',
      { routes: { t: 'video' }, task: { queue: 'images' } },
      ['images: /images'],
    ],
    [
      'the call goes before the task',
      { task: { queue: 'images' }, call: { queue: 'celery' } },
      ['celery: /celery'],
    ],
    ['a topic finds by the key', { routes: { t: high } }, ['video: media/video.high']],
    [
      "a queue on a topic has a key of its own, which others' bindings may fit",
      { call: { queue: 'video' } },
      ['video: media/video.#'],
    ],
    [
      'a topic finds several',
      { routes: { t: { exchange: 'media', routingKey: 'video.new' } } },
      ['video: media/video.new', 'audio: media/video.new'],
    ],
    [
      "the call's key goes before the route's, whose queue stays",
      { routes: { t: high }, call: { routingKey: 'a.new' } },
      ['audio: media/a.new'],
    ],
    [
      "and the route's key stays where the call says a queue",
      { routes: { t: { queue: 'images', routingKey: 'video.high' } }, call: { queue: 'video' } },
      ['video: media/video.high'],
    ],
    ['an exchange and a key', { call: { exchange: 'dx', routingKey: 'k' } }, ['exact: dx/k']],
    [
      'they go before a queue beside them',
      { call: { queue: 'images', exchange: 'dx', routingKey: 'k' } },
      ['exact: dx/k'],
    ],
    [
      'an exchange without key is nothing beside a queue',
      { call: { queue: 'images', exchange: 'dx' } },
      ['images: /images'],
    ],
    ['a queue on a direct exchange', { call: { queue: 'exact' } }, ['exact: /exact']],
    ['a key alone', { routes: { t: { routingKey: 'k' } } }, ['celery: /celery']],
    [
      'a queue on a fanout exchange stands for all of them',
      { call: { queue: 'news-a' } },
      ['news-a: news/celery', 'news-b: news/celery'],
    ],
    [
      'a fanout exchange needs no key, though Celery ignores it without one',
      { call: { exchange: 'news' } },
      ['news-a: news/celery', 'news-b: news/celery'],
    ],
    [
      'of a task as well',
      { task: { exchange: 'news' } },
      ['news-a: news/celery', 'news-b: news/celery'],
    ],
  ])('%s', async ([, { routes, task = {}, call = {} }, where]) => {
    const { app, sent } = anApp({ taskRoutes: (routes ?? null) as CeleryOptions['taskRoutes'] });
    app.task('t', task, () => null);

    await app.sendTask('t', [], call);
    const one = sent();
    await app.sendBatch([app.signature('t', [], call)]);

    expect(one).toEqual(where);
    expect(sent()).toHaveLength(2 * where.length);
  });

  test('one task id stands on every queue that a topic finds', async () => {
    const { app, engine } = anApp();

    const { id } = await app.sendTask('t', [], { exchange: 'media', routingKey: 'video.new' });

    const ids = ['video', 'audio'].flatMap((queue) =>
      engine.messages(queue).map(({ body }) => decode(body).id),
    );
    expect(ids).toEqual([id, id]);
  });

  test('defaults name an exchange, its type and a key', async () => {
    const { app, sent } = anApp({
      taskQueues: [{ name: 'images', bindingKey: 'shop.#' }],
      taskDefaultQueue: 'images',
      taskDefaultExchange: 'shop',
      taskDefaultExchangeType: 'topic',
      taskDefaultRoutingKey: 'shop.default',
    });

    await app.sendTask('t');
    await app.sendTask('t', [], { exchange: 'shop' });

    expect(sent()).toEqual(['images: shop/shop.#', 'images: shop/shop.default']);
  });

  test('further bindings find a queue, too', async () => {
    const { app, sent } = anApp({
      taskQueues: [
        {
          name: 'images',
          bindings: [
            { exchange: 'a', exchangeType: 'topic', routingKey: 'x.*' },
            { exchange: 'b', routingKey: 'y' },
          ],
        },
      ],
    });

    await app.sendTask('t', [], { exchange: 'a', routingKey: 'x.1' });
    await app.sendTask('t', [], { exchange: 'b', routingKey: 'y' });

    expect(sent()).toEqual(['images: a/x.1', 'images: b/y']);
  });

  test('a route says how a call is sent where neither call nor task do', async () => {
    const { app, engine } = anApp({
      taskRoutes: { '*': { priority: 3, fairnessKey: 'route', compression: 'gzip' } },
      taskDefaultPriority: 1,
    });
    app.task('own', { priority: 5 }, () => null);

    await app.sendTask('other');
    await app.sendTask('own');
    await app.sendTask('own', [], { priority: 9, fairnessKey: 'call' });

    const messages = engine.messages('celery');
    expect(messages.map(({ body }) => decode(body).priority)).toEqual([3, 5, 9]);
    expect(messages.map(({ groupId }) => groupId)).toEqual(['route', 'route', 'call']);
  });

  test('a middleware that sets a queue ends the way through an exchange', async () => {
    const { app, sent } = anApp();
    app.use({ publish: (_call, next) => next({ queue: 'images' }) });

    await app.sendTask('t', [], { exchange: 'news' });

    expect(sent()).toEqual(['images: /images']);
  });
});

describe('a call that would get lost is refused before anything is sent', () => {
  test.for<readonly [options: Options, error: new (...args: never[]) => Error, says: RegExp]>([
    [
      { exchange: 'new', routingKey: 'x' },
      ImproperlyConfigured,
      /no exchange 'new'; the nearest known one is 'news'/,
    ],
    [
      { exchange: 'media', routingKey: 'text.old' },
      ImproperlyConfigured,
      /'text.old' finds no queue by exchange 'media', whose binding keys are 'video.#' \(video\), '\*.new' \(audio\)/,
    ],
    [{ queue: 'imags' }, QueueNotFound, /'imags'.*the nearest is 'images'/],
    [
      { queue: 'orders.fifo', fairnessKey: 'a' },
      ImproperlyConfigured,
      /'orders.fifo' is FIFO.*messageGroupId/,
    ],
  ])('%j', async ([options, error, says]) => {
    const { app, sent } = anApp();
    const bad = app.signature('t', [], options);

    await expect(bad.applyAsync()).rejects.toThrow(error);
    await expect(app.sendBatch([app.signature('t'), bad])).rejects.toThrow(says);

    expect(sent()).toEqual([]);
  });

  test('with taskCreateMissingQueues: false a queue that taskQueues does not list', async () => {
    const { app } = anApp({ taskCreateMissingQueues: false });

    await expect(app.sendTask('t', [], { queue: 'orders.fifo' })).rejects.toThrow(
      /'orders.fifo' is not one of this application's queues: celery, images, /,
    );
  });

  test('a fanout exchange that the engine does not have', async () => {
    const { app, engine } = anApp();
    app.useAdapters({ ...engine.adapters(), fanout: undefined });

    await expect(app.sendTask('t', [], { exchange: 'news' })).rejects.toThrow(
      /no fanout exchange 'news'.*'broadcasts' of CeleryApp/,
    );
  });
});

describe('a queue with lanes', () => {
  const lanes = { celery: [0, 4, 7] };

  test.for([
    [undefined, 'celery'],
    [0, 'celery'],
    [3, 'celery'],
    [4, 'celery-p4'],
    [6, 'celery-p4'],
    [7, 'celery-p7'],
    [9, 'celery-p7'],
  ] as const)('takes priority %s on %s', async ([priority, queue]) => {
    const { app, sent } = anApp({ taskQueues: null }, lanes);

    await app.sendTask('t', [], { priority });

    expect(sent()).toEqual([`${queue}: /${queue}`]);
  });

  test('counts what is above x-max-priority as that', async () => {
    const queue = { name: 'celery', queueArguments: { 'x-max-priority': 5 } };
    const { app, sent } = anApp({ taskQueues: [queue] }, lanes);
    const all = anApp({ taskQueues: null, taskQueueMaxPriority: 5 }, lanes);

    await app.sendTask('t', [], { priority: 9 });
    await all.app.sendTask('t', [], { priority: 9 });

    expect(sent()).toEqual(['celery-p4: /celery-p4']);
    expect(all.sent()).toEqual(['celery-p4: /celery-p4']);
  });

  test('is found by a topic in the lane of the priority', async () => {
    const { app, engine } = anApp({}, { video: [0, 5] });

    await app.sendTask('t', [], { exchange: 'media', routingKey: 'video.a', priority: 9 });

    const [message] = engine.messages('video-p5');
    expect(decode(message?.body ?? '').deliveryInfo).toEqual({
      exchange: 'media',
      routingKey: 'video.a',
    });
  });
});

describe('taskQueues that cannot be meant are refused', () => {
  test.for<readonly [queues: unknown, says: RegExp]>([
    [[{ nam: 'a' }], /expected an object \{ name: 'images'/],
    [
      [{ name: 'a', exchangeTyp: 'topic' }],
      /Unknown option 'exchangeTyp' of queue 'a'.*'exchangeType'/,
    ],
    [
      [{ name: 'a', exchangeType: 'headers' }],
      /expects 'direct', 'topic' or 'fanout', got 'headers'/,
    ],
    [
      [{ name: 'a', queueArguments: { 'x-message-ttl': 5 } }],
      /queue argument 'x-message-ttl'.*says the construct/,
    ],
    [[{ name: 'a' }, { name: 'a' }], /has queue 'a' twice/],
    [[{ name: 'a', bindings: [{}] }], /binding of queue 'a'.*has no exchange/],
    [
      [
        { name: 'a', exchange: 'x', exchangeType: 'topic' },
        { name: 'b', exchange: 'x', exchangeType: 'fanout' },
      ],
      /exchange 'x' as topic and as fanout/,
    ],
  ])('%j', ([queues, says]) => {
    const make = () => new Celery('shop', { taskQueues: queues as CeleryOptions['taskQueues'] });

    expect(make).toThrow(ImproperlyConfigured);
    expect(make).toThrow(says);
  });
});

describe.for(['messageGroupId', 'messageDeduplicationId'])('a %s', (name) => {
  test.for(['two words', 'Müller', 'x'.repeat(129), ''])(
    'that SQS does not take is refused before anything is sent: %s',
    async (value) => {
      const { app, engine } = anApp();
      const options = { queue: 'orders.fifo', [name]: value };
      const link = app.signature('next').set(options);
      const calls = [
        () => app.sendTask('send', [], options),
        () => app.sendTask('send', [], { link }),
        async () => chain(app.signature('send'), link).applyAsync(),
      ];

      for (const call of calls) {
        await expect(call).rejects.toThrow(ImproperlyConfigured);
        await expect(call).rejects.toThrow(`'${name}' of a `);
      }
      expect([...engine.messages('celery'), ...engine.messages('orders.fifo')]).toEqual([]);
    },
  );
});

describe('a fairness key', () => {
  test('of a task is told from the arguments', async () => {
    const { app, engine } = anApp();
    const send = app.task(
      'send',
      { fairnessKey: ([tenant]) => String(tenant) },
      (tenant: string) => tenant,
    );

    await send.delay('acme');
    await send.applyAsync(['acme'], { messageGroupId: 'by-hand' });

    expect(engine.messages('celery').map(({ groupId }) => groupId)).toEqual(['acme', 'by-hand']);
  });

  test('that SQS takes as no message group is hashed: always to the same one, and in links too', async () => {
    const { app, engine } = anApp();
    const keys = ['acme & sons', 'Müller', 'x'.repeat(129), 'acme & sons'];

    for (const fairnessKey of keys) await app.sendTask('send', [], { fairnessKey });
    const link = app.signature('next').set({ fairnessKey: 'Müller' });
    await app.sendTask('send', [], { link });

    const groups = engine.messages('celery').map(({ groupId }) => groupId);
    expect(groups.slice(0, 4)).toEqual(keys.map(() => expect.stringMatching(/^[0-9a-f]{64}$/)));
    expect(new Set(groups.slice(0, 4)).size).toBe(3);
    expect(groups[0]).toBe(groups[3]);
    expect(link.toJSON().options).toEqual({ MessageGroupId: groups[1] });
  });

  test('that is no text is refused', async () => {
    const { app } = anApp();
    const send = app.task('send', { fairnessKey: () => '' }, () => null);

    await expect(send.delay()).rejects.toThrow(/'fairnessKey' of task 'send' expects a text/);
  });
});

test.for([
  [false, 2],
  [true, 7],
] as const)(
  'taskInheritParentPriority %s: a child has priority %d',
  async ([inherits, priority]) => {
    const app = new Celery('shop', { taskInheritParentPriority: inherits, taskDefaultPriority: 2 });
    app.task('child', () => null);
    app.task('parent', () => app.sendTask('child').then(() => null));
    const worker = await startTestWorker(app);
    const priorities: number[] = [];
    app.on('taskReceived', ({ sender, request }) => {
      if (sender === 'child') priorities.push(request.deliveryInfo.priority);
    });

    await app.sendTask('parent', [], { priority: 7 });
    await worker.drain();

    expect(priorities).toEqual([priority]);
  },
);

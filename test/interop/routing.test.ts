import { afterAll, beforeAll, expect, test } from 'vitest';
import { Celery } from '../../lib/index.ts';
import { type Endpoints, parseEndpoints } from '../../lib/protocol/endpoints.ts';
import { decodeEnvelope } from '../../lib/protocol/index.ts';
import { deployedStack } from '../support/deployed-stack.ts';
import { describeInterop } from './interop-stack.ts';
import { PythonProducer } from './python-producer.ts';
import { type PythonWorker, startPythonWorker } from './python-worker.ts';

const wait = { timeout: 50 };

await describeInterop('routing and broadcasts with Python', () => {
  let endpoints: Endpoints;
  let app: Celery;
  /** Reads what the Python worker stores: it keeps its results apart, by a prefix. */
  let byPython: Celery;
  let python: PythonProducer;
  let worker: PythonWorker;

  beforeAll(async () => {
    const { CeleryEndpoints = '', CeleryPythonSettings = '' } =
      (await deployedStack('test/interop/routing-app.ts')).Routing ?? {};
    endpoints = parseEndpoints(CeleryEndpoints);
    app = new Celery('producer', { endpoints });
    byPython = new Celery('reader', {
      endpoints,
      resultBackendTransportOptions: { globalKeyprefix: 'python-' },
    });
    python = await PythonProducer.start(CeleryPythonSettings);
    const withBroadcast = `${CeleryPythonSettings}
from kombu import Exchange, Queue
task_queues = [Queue('news-python', Exchange('news', type='fanout'))]
result_backend_transport_options = {'global_keyprefix': 'python-'}
`;
    worker = await startPythonWorker(withBroadcast, ['news-python']);
  });

  afterAll(async () => {
    await app?.close();
    await byPython?.close();
    await python?.close();
    await worker?.close();
  });

  test.for([
    [9, 'celery-p7'],
    [5, 'celery-p4'],
    [0, 'celery'],
  ] as const)('priority %d runs in the lane %s', async ([priority, lane]) => {
    const result = await app.sendTask('interop.request_info', [], { priority });

    expect(await result.get(wait)).toMatchObject({
      delivery_info: { exchange: '', routing_key: lane, priority },
    });
  });

  test('Python reaches a lane by its name', async () => {
    const key = await python.evaluate(
      "app.send_task('interop.request_info', queue='celery-p7').get(timeout=50)['delivery_info']['routing_key']",
    );

    expect(key).toBe("'celery-p7'");
  });

  test('a broadcast from here runs here and in Python', async () => {
    const result = await app.sendTask('interop.identity', ['all'], { exchange: 'news' });

    expect(await app.AsyncResult(`${result.id}@news-here`).get(wait)).toBe('all');
    expect(await result.get(wait)).toBe('all');
    expect(await byPython.AsyncResult(result.id).get(wait)).toBe('all');
  });

  test('a broadcast from Python runs here and in Python', async () => {
    const id = await python.run(`
from kombu import Exchange
return app.send_task('interop.identity', ('from Python',), exchange='news', routing_key='celery',
                     declare=[Exchange('news', type='fanout')]).id`);

    expect(await app.AsyncResult(`${id.slice(1, -1)}@news-here`).get(wait)).toBe('from Python');
    expect(await byPython.AsyncResult(id.slice(1, -1)).get(wait)).toBe('from Python');
  });

  /** Celery's settings of a topic exchange that is bound to a queue here and to one of Python's. */
  const topics = `
from kombu import Exchange, Queue
media = Exchange('media', type='topic')
task_queues = [
    Queue('celery', Exchange('celery'), routing_key='celery'),
    Queue('news-here', media, routing_key='image.*'),
    Queue('news-python', media, routing_key='#.raw'),
]`;

  test('a topic that Python declares finds the queue of a worker here', async () => {
    const request = await python.value<{ delivery_info: object }>(`
routed = application(${JSON.stringify(topics)})
return routed.send_task('interop.request_info', exchange='media', routing_key='image.new',
                        declare=routed.amqp.queues.values()).get(timeout=50)`);

    expect(request.delivery_info).toMatchObject({ exchange: 'media', routing_key: 'image.new' });
  });

  // To a Python worker with `predefined_queues` the routing key has to be the name of its queue: kombu acknowledges by it.
  test.for([
    ['image.*', 'image.new', true, false],
    ['image.*', 'news-python', false, true],
    ['#', 'news-python', true, true],
  ] as const)(
    'a topic of taskQueues, bound here by %s, finds by %s: here %s, Python %s',
    async ([bindingKey, routingKey, here, there]) => {
      const topic = { exchange: 'media', exchangeType: 'topic' } as const;
      const routed = new Celery('producer', {
        endpoints,
        taskQueues: [
          { name: 'news-here', ...topic, bindingKey },
          { name: 'news-python', ...topic, bindingKey: 'news-python' },
        ],
      });

      const { id } = await routed.sendTask('interop.identity', [routingKey], {
        exchange: 'media',
        routingKey,
      });

      if (here) expect(await app.AsyncResult(id).get(wait)).toBe(routingKey);
      if (there) expect(await byPython.AsyncResult(id).get(wait)).toBe(routingKey);
      if (!here) expect(await app.AsyncResult(id).state()).toBe('PENDING');
      if (!there) expect(await byPython.AsyncResult(id).state()).toBe('PENDING');
      await routed.close();
    },
  );

  test("a fairness key is the message's group on a standard queue, from here and from Python", async () => {
    const sent = [
      (await app.sendTask('t', [], { queue: 'waiting', fairnessKey: 'tenant-1' })).id,
      (await app.sendTask('t', [], { queue: 'waiting' })).id,
      await python.value<string>(
        "return app.send_task('t', queue='waiting', MessageGroupId='tenant-2').id",
      ),
    ];
    const { consumer } = await app.adapters();
    const groups = new Map<string, string | undefined>();
    while (groups.size < sent.length) {
      for (const delivery of await consumer.receive('waiting', { max: 10, waitSeconds: 5 })) {
        const { id } = decodeEnvelope(delivery.body).headers;
        groups.set(String(id), delivery.groupId);
        await consumer.delete(delivery);
      }
    }

    expect(sent.map((id) => groups.get(id))).toEqual(['tenant-1', undefined, 'tenant-2']);
  });

  test('a task with a fairness key runs like any other', async () => {
    const sent = ['a', 'b'].map((fairnessKey) =>
      app.sendTask('interop.identity', [fairnessKey], { fairnessKey }),
    );

    const results = await Promise.all(sent);

    expect(await Promise.all(results.map((result) => result.get(wait)))).toEqual(['a', 'b']);
  });
});

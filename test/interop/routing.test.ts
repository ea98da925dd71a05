import { afterAll, beforeAll, expect, test } from 'vitest';
import { Celery } from '../../lib/index.ts';
import { parseEndpoints } from '../../lib/protocol/endpoints.ts';
import { deployedStack } from '../support/deployed-stack.ts';
import { describeInterop } from './interop-stack.ts';
import { PythonProducer } from './python-producer.ts';
import { type PythonWorker, startPythonWorker } from './python-worker.ts';

const wait = { timeout: 50 };

await describeInterop('routing and broadcasts with Python', () => {
  let app: Celery;
  /** Reads what the Python worker stores: it keeps its results apart, by a prefix. */
  let byPython: Celery;
  let python: PythonProducer;
  let worker: PythonWorker;

  beforeAll(async () => {
    const { CeleryEndpoints = '', CeleryPythonSettings = '' } =
      (await deployedStack('test/interop/routing-app.ts')).Routing ?? {};
    const endpoints = parseEndpoints(CeleryEndpoints);
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
});

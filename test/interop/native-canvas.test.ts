import { afterAll, beforeAll, expect, test } from 'vitest';
import { pythonSettings } from '../../cdk/constructs/python-settings.ts';
import { Celery, ChordError, chain, chord, NotRegistered } from '../../lib/index.ts';
import { type Endpoints, queueUrls } from '../../lib/protocol/endpoints.ts';
import { describeInterop, interopStack } from './interop-stack.ts';
import { type PythonWorker, startPythonWorker } from './python-worker.ts';

const wait = { timeout: 50 };
const queue = 'python';

await describeInterop('native canvas that a real Python worker takes', () => {
  let app: Celery;
  let worker: PythonWorker;

  beforeAll(async () => {
    const { endpoints } = await interopStack();
    app = new Celery('producer', { endpoints, canvasMode: 'native' });
    worker = await startPythonWorker(settingsFor(endpoints), [queue]);
  });

  afterAll(async () => {
    await app?.close();
    await worker?.close();
  });

  function add(...args: readonly number[]) {
    return app.signature<number>('interop.add', args).set({ queue });
  }

  test('fails a chord under the id that its caller waits for', async () => {
    const xsum = app.signature<number>('interop.xsum').set({ queue });

    const result = await chord([add(1, 1), add(2, 2)], xsum as never).applyAsync();

    await expect(result.get(wait)).rejects.toThrow(ChordError);
  });

  test('fails a chain whose steps are stored under the id that its caller waits for', async () => {
    const steps = Array.from({ length: 12 }, () => add(1)) as never[];

    const result = await chain(add(0, 1), ...steps).applyAsync();

    await expect(result.get(wait)).rejects.toThrow(NotRegistered);
  });
});

/** This queue alone, so that whatever the worker sends on comes back to itself. */
function settingsFor(endpoints: Endpoints): string {
  const { region, resultTable } = endpoints;
  const queues = new Map([[queue, queueUrls(endpoints, 'queues').get(queue) ?? '']]);
  return pythonSettings({ region, queues, defaultQueue: queue, resultTable, ttlSeconds: 86_400 });
}

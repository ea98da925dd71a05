import { createWorkerHandler } from '../lib/lambda/index.ts';
import { context, eventOf, inTens } from './lambda-events.ts';
import type { PythonPeer } from './python-peer.ts';
import { type Row, speedRow } from './row.ts';
import type { Stage } from './stage.ts';
import { benchApp, recordMessages } from './tasks.ts';
import { inTurns, secondsOf } from './timing.ts';

const count = 500;
/** Python reads one after another, so fewer tell as much. */
const pythonGets = 50;

/** Reading results that a worker has finished, against Python Celery. */
export async function measureReading(stage: Stage, python: PythonPeer): Promise<Row[]> {
  const ids = await finishTasks(stage);
  const { app } = benchApp({ endpoints: stage.endpoints });
  const getAll = () => Promise.all(ids.map((id) => app.AsyncResult(id).get({ timeout: 30 })));
  const taken = await inTurns(
    async () => (await secondsOf(getAll)) / count,
    async () => (await python.get(ids.slice(0, pythonGets))) / pythonGets,
  );
  await app.close();
  return [speedRow('get of 500 finished results | Python, one get() after another', taken, 10)];
}

async function finishTasks({ endpoints }: Stage): Promise<string[]> {
  const { app } = benchApp({ endpoints });
  const handler = createWorkerHandler(app);
  const { bodies, results } = await recordMessages(count);
  for (const batch of inTens(bodies)) {
    await handler(eventOf(batch, endpoints.defaultQueue), context);
  }
  await app.close();
  return results.map(({ id }) => id);
}

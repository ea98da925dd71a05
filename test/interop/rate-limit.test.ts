import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAwsAdapters } from '../../lib/aws/index.ts';
import { systemClock, systemRandom } from '../../lib/index.ts';
import type { Adapters } from '../../lib/ports/index.ts';
import { describeInterop, interopStack } from './interop-stack.ts';
import { PythonProducer } from './python-producer.ts';

const perSecond = 5;
const tasks = 40;

await describeInterop('a rate limit that Python sets', () => {
  let python: PythonProducer;
  let adapters: Adapters;

  beforeAll(async () => {
    const { endpoints, pythonSettings } = await interopStack();
    python = await PythonProducer.start(pythonSettings);
    adapters = createAwsAdapters({ endpoints, clock: systemClock, random: systemRandom });
  });

  afterAll(async () => {
    await python?.close();
    await adapters?.close();
  });

  test('to five a second holds for two functions together, whatever Python sends', async () => {
    await python.run(`app.control.rate_limit('interop.rate', '${perSecond}/s')`);
    const known = () => adapters.rateClocks?.change('interop.rate');
    await expect.poll(known, { timeout: 30_000 }).toMatchObject({ rateLimit: `${perSecond}/s` });

    const ends = await python.value<[number, number][]>(`
queues = ('celery', 'extended')
results = [app.send_task('interop.rate', (i,), queue=queues[i % 2]) for i in range(${tasks})]
return [(result.get(timeout=150), result.date_done.timestamp()) for result in results]`);

    expect(ends.map(([value]) => value)).toEqual(Array.from({ length: tasks }, (_, i) => i));
    expect(mostInSlot(ends.map(([, endedAt]) => endedAt))).toBeLessThanOrEqual(perSecond);
  }, 200_000);
});

/**
 * The most starts that some slot has to have had, given when the tasks ended, in seconds. A task ends right after its
 * start, but a worker that waited for the slot reads once more before: it may reach its end in the second that follows.
 */
function mostInSlot(ends: readonly number[]): number {
  const starts = new Map<number, number>();
  const countIn = (slot: number) => starts.get(slot) ?? 0;
  for (const end of [...ends].sort((a, b) => a - b)) {
    const slot = Math.floor(end);
    const chosen = countIn(slot - 1) < perSecond ? slot - 1 : slot;
    starts.set(chosen, countIn(chosen) + 1);
  }
  return Math.max(...starts.values());
}

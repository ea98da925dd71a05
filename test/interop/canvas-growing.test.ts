import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AsyncResult, chord, GroupResult } from '../../lib/index.ts';
import type { Runner } from './canvas-comparison.ts';
import { canvasTasks } from './canvas-tasks.ts';
import { type GrowingRun, GrowingRuns } from './growing-runs.ts';
import { growingShapes } from './growing-shapes.ts';
import { describeInterop } from './interop-stack.ts';

await describeInterop('canvas that grows, fails or starts over as it runs', () => {
  let canvas: GrowingRuns;

  beforeAll(async () => {
    canvas = await GrowingRuns.start();
  });

  afterAll(async () => {
    await canvas?.close();
  });

  test.for(['Python', 'TypeScript', 'both'] as const)(
    'ends as due, run by %s',
    { timeout: 120_000 },
    async (runBy) => {
      // LocalStack gives a function one batch at a time: there every sixth has to do.
      const shapes = shapesOf(runBy).filter((_, place) => !canvas.slow || place % 6 === 0);

      const runs = await canvas.run(shapes, runBy);

      expect(runs.flatMap(endsOf)).toEqual(runs.flatMap(dueOf));
    },
  );

  test('Lambda, `celery-aws worker` and Python run a chord between them', async () => {
    const { slow, xsum } = canvasTasks(canvas.typescript.both);
    const parts = Array.from({ length: 60 }, () => slow.s(0.05, 1));

    const result = await chord(parts, xsum.s()).delay();

    expect(await result.get({ timeout: 50 })).toBe(60);
    const pollers = await canvas.pollersOf(await idsOfParts(result));
    const shares = new Map(
      (['Lambda', 'celery-aws worker', 'Python'] as const).map((poller) => [
        poller,
        pollers.filter((other) => other === poller).length,
      ]),
    );
    process.stdout.write(`Who ran the parts: ${JSON.stringify([...shares])}\n`);
    // LocalStack looks into a queue so seldom that the others may take all.
    if (canvas.slow) shares.delete('Lambda');
    expect(Math.min(...shares.values())).toBeGreaterThan(0);
  });

  test('DynamoDB knows no `add_to_chord` in Celery itself', async () => {
    const raised = await canvas.python.Python.raisedBy("app.backend.add_to_chord('id', None)");

    expect(raised).toMatchObject({
      type: 'builtins.NotImplementedError',
      args: "('Backend does not support add_to_chord',)",
    });
  });
});

async function idsOfParts({ parent }: AsyncResult): Promise<readonly string[]> {
  if (!(parent instanceof GroupResult)) throw new Error('It is the result of no chord');
  return parent.results.map(({ id }) => id);
}

/** Those that these workers bring to their end. */
function shapesOf(runBy: Runner): string[] {
  return Object.keys(growingShapes).filter((name) => {
    const { divided, notByPython } = growingShapes[name] ?? {};
    return divided ? runBy === 'both' : runBy === 'TypeScript' || !notByPython;
  });
}

function endsOf({ shape, sentBy, ends }: GrowingRun): string[] {
  return (['Python', 'TypeScript'] as const).map(
    (reader) => `${shape}, sent by ${sentBy}, read by ${reader}: ${JSON.stringify(ends[reader])}`,
  );
}

function dueOf(run: GrowingRun): string[] {
  const { ends = [], whenPythonJoins } = growingShapes[run.shape] ?? {};
  const due = isDeepStrictEqual(run.ends.Python, whenPythonJoins) ? run.ends.Python : ends;
  return endsOf({ ...run, ends: { Python: due, TypeScript: due } });
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { chain, GroupResult, group } from '../../lib/index.ts';
import {
  type CanvasRun,
  type ComparedRun,
  canvasTable,
  differing,
  endsAs,
} from './canvas-comparison.ts';
import { certainDifferences, reasonFor } from './canvas-differences.ts';
import { CanvasRuns } from './canvas-runs.ts';
import { canvasShapes } from './canvas-shapes.ts';
import { canvasTasks } from './canvas-tasks.ts';
import { describeInterop } from './interop-stack.ts';

const steps = 100;
const minutes = 60_000;

await describeInterop('canvas, sent and run by Python and TypeScript', () => {
  let canvas: CanvasRuns;

  beforeAll(async () => {
    canvas = await CanvasRuns.start();
  });

  afterAll(async () => {
    await canvas?.close();
  });

  test('every shape comes to the same', { timeout: 15 * minutes }, async () => {
    const ended = [
      ...(await canvas.runAll('Python')),
      ...(await canvas.runAll('TypeScript')),
      ...(await canvas.runAll('both')),
    ];

    let runs: readonly CanvasRun[] = [];
    const compared = () => runs.map((run) => compare(run, runs));
    const wait = { timeout: 2 * minutes, interval: 1000 };
    const equal = expect.poll(async () => {
      runs = await canvas.trace(ended);
      return compared().flatMap(unlisted);
    }, wait);
    await equal.toEqual([]).finally(() => {
      process.stdout.write(`\n${canvasTable(compared()).join('\n')}\n\n`);
    });
    expect(compared().flatMap(missing)).toEqual([]);
    const { Python, TypeScript } = sharesOf(runs.filter(({ runBy }) => runBy === 'both'));
    process.stdout.write(`Of both, Python ran ${Python} tasks, and TypeScript ${TypeScript}.\n`);
    expect(Math.min(Python, TypeScript)).toBeGreaterThan(canvas.slow ? 5 : 20);
  });

  test('a chain of 100 steps runs to its end', { timeout: 5 * minutes }, async () => {
    const { add } = canvasTasks(canvas.typescript.TypeScript);
    const rest = Array.from({ length: steps - 1 }, () => add.s(1));

    const result = await chain(add.s(0, 1), ...rest).delay();
    const ofPython = await canvas.python.TypeScript.value(`
import canvas
return canvas.send('chain(add.s(0, 1), *(add.s(1) for _ in range(${steps - 1})))()')[0][0]`);

    const wait = { timeout: 240 };
    expect(await result.get(wait)).toBe(steps);
    expect(await canvas.typescript.TypeScript.AsyncResult(String(ofPython)).get(wait)).toBe(steps);
  });

  test('a group that TypeScript saved is restored by Python, with its parent', async () => {
    const { add } = canvasTasks(canvas.typescript.TypeScript);
    const result = await chain(add.s(1, 2), group([add.s(10), add.s(20)])).delay();
    if (!(result instanceof GroupResult)) throw new Error('It is no group');

    await result.save();

    const restored = await canvas.python.TypeScript.value(`
group = GroupResult.restore('${result.id}', app=app)
return [group.get(timeout=50), group.parent.get(timeout=50), group.completed_count()]`);
    expect(restored).toEqual([[13, 23], 3, 2]);
  });

  test('a group that Python saved is restored by TypeScript, with its parent', async () => {
    const id = await canvas.python.TypeScript.value<string>(`
import canvas
return canvas.send('(add.s(1, 2) | group(add.s(10), add.s(20)))()')[0][0]`);

    const restored = await canvas.typescript.TypeScript.restoreGroup(id);

    expect(await restored?.get({ timeout: 50 })).toEqual([13, 23]);
    expect(await restored?.parent?.get({ timeout: 50 })).toBe(3);
    expect(await restored?.completedCount()).toBe(2);
  });
});

/** The facts in which a run is not as the one that Python alone sent and ran. */
function compare(run: CanvasRun, runs: readonly CanvasRun[]): ComparedRun {
  const unlike = canvasShapes[run.shape]?.unlikePython;
  if (unlike) {
    // Where Python's workers have a part in it, any end will do.
    const asDue = run.runBy !== 'TypeScript' || endsAs(run, unlike.end);
    return { run, differs: [{ fact: 'get()', why: asDue ? unlike.why : undefined }] };
  }
  const reference = runs.find(
    ({ shape, sentBy, runBy }) => shape === run.shape && sentBy === 'Python' && runBy === 'Python',
  );
  const facts = reference ? differing(run, reference) : ['it was never run by Python'];
  return { run, differs: facts.map((fact) => ({ fact, why: reasonFor(run, fact) })) };
}

function unlisted({ run, differs }: ComparedRun): string[] {
  return differs
    .filter(({ why }) => why === undefined)
    .map(
      ({ fact }) => `${nameOf(run)}: ${fact} ${run.facts[fact] ?? JSON.stringify(run.outcomes)}`,
    );
}

/** Differences that are listed and there no more. */
function missing({ run, differs }: ComparedRun): string[] {
  return certainDifferences(run)
    .filter((listed) => !differs.some(({ fact }) => fact === listed))
    .map((fact) => `${nameOf(run)}: ${fact}`);
}

function nameOf({ shape, sentBy, runBy }: CanvasRun): string {
  return `${shape}, sent by ${sentBy}, run by ${runBy}`;
}

/** How many tasks the workers of each language have run. */
function sharesOf(runs: readonly CanvasRun[]): Record<'Python' | 'TypeScript', number> {
  const workers = runs.flatMap((run) => run.workers);
  const ofPython = workers.filter((worker) => worker.startsWith('celery@')).length;
  return { Python: ofPython, TypeScript: workers.length - ofPython };
}

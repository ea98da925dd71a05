import type { Celery } from '../../lib/index.ts';

/** Registers the tasks that workflows in tests are made of. `runs` has a line for each run, such as `add(1, 2)`. */
export function canvasTasks(app: Celery) {
  const runs: string[] = [];
  const add = app.task('add', (x: number, y: number) => {
    runs.push(`add(${x}, ${y})`);
    return x + y;
  });
  const xsum = app.task('xsum', (numbers: readonly number[]) => {
    runs.push(`xsum([${numbers}])`);
    return numbers.reduce((sum, n) => sum + n, 0);
  });
  const fail = app.task('fail', (message: string): number => {
    runs.push(`fail(${message})`);
    throw new RangeError(message);
  });
  return { runs, add, xsum, fail };
}

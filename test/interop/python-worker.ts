import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPython } from './python-process.ts';

/** A real Python Celery worker, ready to run the tasks of `interop_app.py`. */
export interface PythonWorker {
  close(): Promise<void>;
}

/** Celery's `--pool`. Only processes can be interrupted: `solo` knows no time limits. */
export type PythonPool = 'solo' | 'prefork';

/**
 * Starts `celery worker` with the stack's printed settings; it runs one task at a time.
 *
 * @throws when it ends or does not report itself ready within a minute, with what it printed.
 */
export async function startPythonWorker(
  settings: string,
  queues: readonly string[],
  pool: PythonPool = 'solo',
): Promise<PythonWorker> {
  const place = ['--pool', pool, '--concurrency', '1', '--queues', queues.join(',')];
  const options = [...place, '--loglevel', 'INFO'];
  const python = await startPython(settings, () => ['worker.py', ...options]);
  python.child.stdout?.resume();
  const ended = once(python.child, 'close');
  const deadline = Date.now() + 60_000;
  while (!/ ready\.\s/.test(python.stderr())) {
    if (python.child.exitCode !== null || Date.now() > deadline) {
      await python.close();
      throw new Error(`The Python worker did not start:\n${python.stderr()}`);
    }
    await Promise.race([sleep(100), ended]);
  }
  return {
    async close() {
      // It takes the processes of its pool along, as a signal to it alone would not.
      python.child.stdin?.end();
      await ended;
      await python.close();
    },
  };
}

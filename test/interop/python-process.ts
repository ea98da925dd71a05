import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sdkVariables } from '../../local/environment.ts';
import { engineEndpoint } from '../support/engine.ts';
import { celeryPython } from '../support/python.ts';

/** A Python process with real Celery, whose configuration is the stack's printed settings in a file. */
export interface PythonProcess {
  readonly child: ChildProcess;
  /** What it has written to standard error so far. */
  stderr(): string;
  /** Ends it, by its own process id. */
  close(): Promise<void>;
}

/**
 * Starts Python in `test/interop/python`.
 *
 * @param settings The output `CeleryPythonSettings`.
 * @param argsFor Arguments of Python, given the file of settings.
 */
export async function startPython(
  settings: string,
  argsFor: (settingsFile: string) => readonly string[],
): Promise<PythonProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'celery-aws-python-'));
  const settingsFile = join(folder, 'celeryconfig.py');
  await writeFile(settingsFile, settings);
  const child = spawn(celeryPython() ?? 'python3', argsFor(settingsFile), {
    cwd: fileURLToPath(new URL('./python', import.meta.url)),
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      CELERY_SETTINGS: settingsFile,
      ...sdkVariables(engineEndpoint() ?? ''),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close');
  return {
    child,
    stderr: () => stderr,
    async close() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

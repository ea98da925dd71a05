import { findPython, pythonEnvironment } from '../../local/python.ts';

const celeryVersion = '5.7.0';
const variable = 'CELERY_AWS_TEST_PYTHON';

/**
 * The interpreter of a Python environment with real Celery, for the interop tests; undefined when this run has none,
 * and then the global setup has printed why.
 */
export function celeryPython(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment[variable];
}

/**
 * Makes that environment, once for all runs, and tells the test workers where it is. Called by the global setup alone,
 * before any worker starts, so that no two of them install it.
 *
 * @throws when no Python 3.11 or later is there, or pip fails.
 */
export async function prepareCeleryPython(report: (line: string) => void): Promise<void> {
  const python = await findPython();
  if (python === undefined) throw new Error('no Python 3.11 or later with venv on the PATH');
  process.env[variable] = await pythonEnvironment(
    python,
    `celery-${celeryVersion}-all`,
    [`celery[sqs,dynamodb,yaml,msgpack]==${celeryVersion}`, 'brotli==1.1.0'],
    report,
  );
}

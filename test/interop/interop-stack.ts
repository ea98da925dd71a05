import { describe } from 'vitest';
import { Celery } from '../../lib/index.ts';
import { type Endpoints, parseEndpoints } from '../../lib/protocol/endpoints.ts';
import { deployedStack } from '../support/deployed-stack.ts';
import { describeWithEngine } from '../support/engine.ts';
import { celeryPython } from '../support/python.ts';

/** What the deployed stack `Interop` gives out. */
export interface InteropStack {
  readonly endpoints: Endpoints;
  /** Celery settings for Python, as the stack prints them. */
  readonly pythonSettings: string;
}

/** The stack of `app.ts` on the tests' engine, deployed once a run. */
export async function interopStack(): Promise<InteropStack> {
  const { CeleryEndpoints = '', CeleryPythonSettings = '' } =
    (await deployedStack('test/interop/app.ts')).Interop ?? {};
  return { endpoints: parseEndpoints(CeleryEndpoints), pythonSettings: CeleryPythonSettings };
}

/** A producer of tasks that live elsewhere. */
export function producerOf({ endpoints }: InteropStack): Celery {
  return new Celery('producer', { endpoints });
}

/** A `describe` of tests with an AWS engine and real Python Celery. Where one is missing they are skipped, and say so. */
export async function describeInterop(name: string, body: () => void): Promise<void> {
  await describeWithEngine(name, () => {
    describe.skipIf(celeryPython() === undefined)(name, body);
  });
}

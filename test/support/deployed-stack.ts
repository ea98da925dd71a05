import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deploy, type StackOutputs } from '../../local/deploy.ts';
import { endpointOf } from '../../local/environment.ts';

const variable = 'CELERY_AWS_TEST_RUN';

type Outcome = { readonly outputs: StackOutputs } | { readonly error: string };

/**
 * Deploys the CDK app in `file` to the tests' engine once a run, whichever test file asks first, in whichever worker;
 * the others wait for it. Answers the outputs of its stacks.
 */
export async function deployedStack(file: string): Promise<StackOutputs> {
  const run = process.env[variable];
  const endpoint = endpointOf(process.env);
  if (run === undefined || endpoint === undefined) {
    throw new Error(
      `${file} can only be deployed in a test of project 'integration' with an engine`,
    );
  }
  const place = join(run, createHash('sha256').update(resolve(file)).digest('hex'));
  if (await isFirst(place)) await keep(place, await attempt(file, endpoint));
  const outcome = await kept(place);
  if ('error' in outcome) throw new Error(outcome.error);
  return outcome.outputs;
}

/** A folder for what the workers of one run share; answers how to remove it. */
export async function shareDeployments(): Promise<() => Promise<void>> {
  const run = await mkdtemp(join(tmpdir(), 'celery-aws-test-'));
  process.env[variable] = run;
  return () => rm(run, { recursive: true, force: true });
}

async function isFirst(place: string): Promise<boolean> {
  try {
    await mkdir(place);
    return true;
  } catch (error) {
    if (existsSync(place)) return false;
    throw error;
  }
}

async function attempt(file: string, endpoint: string): Promise<Outcome> {
  try {
    return { outputs: await deploy(file, { endpoint }) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function keep(place: string, outcome: Outcome): Promise<void> {
  await writeFile(`${place}.part`, JSON.stringify(outcome));
  await rename(`${place}.part`, `${place}.json`);
}

/** The hook's timeout of the test bounds how long this waits. */
async function kept(place: string): Promise<Outcome> {
  while (!existsSync(`${place}.json`)) await sleep(100);
  return JSON.parse(await readFile(`${place}.json`, 'utf8'));
}

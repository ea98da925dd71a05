import { bootstrap } from '../../local/deploy.ts';
import { type Engine, openEngine } from '../../local/engine.ts';
import { useLocalEnvironment } from '../../local/environment.ts';
import { openScheduleFirer, type ScheduleFirer } from '../../local/fire-schedules.ts';
import { shareDeployments } from './deployed-stack.ts';
import { prepareCeleryPython } from './python.ts';

/**
 * What the tests of project `integration` share: an AWS engine, the one at AWS_ENDPOINT_URL or one started here, and a
 * Python with Celery. Workers inherit both by their environment. On CI a missing one fails the run; elsewhere the tests
 * that need it are skipped.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const [engine] = await Promise.all([
    orSkip('tests with an AWS engine', () => openEngine({ report: print })),
    orSkip('tests with Python Celery', () => prepareCeleryPython(print)),
  ]);
  const firer = engine && (await useForTests(engine));
  const forgetDeployments = await shareDeployments();
  return async () => {
    await firer?.stop();
    await engine?.stop();
    await forgetDeployments();
  };
}

/** Test files deploy at the same time, which is only possible on an engine that is bootstrapped already. */
async function useForTests({ endpoint, name }: Engine): Promise<ScheduleFirer> {
  useLocalEnvironment(endpoint);
  print(`Engine: ${name} at ${endpoint}`);
  await bootstrap({ endpoint });
  return await openScheduleFirer({ endpoint, report: print });
}

async function orSkip<T>(what: string, prepare: () => Promise<T>): Promise<T | undefined> {
  try {
    return await prepare();
  } catch (error) {
    if (process.env.CI) throw error;
    print(`Skipping ${what}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}

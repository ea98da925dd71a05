import type { EngineRecipe } from './engine.ts';
import { CommandFailed } from './errors.ts';
import { runCommand } from './run-command.ts';

/** The last line of LocalStack that needs no account; this project is tested with it. */
export const localstackImage = 'localstack/localstack:4.9.2';

/** LocalStack in Docker: Lambda functions run in containers beside it. */
export const localstack: EngineRecipe = {
  name: localstackImage,
  readyPath: '/_localstack/health',
  readyWithinSeconds: 120,
  // On SIGTERM it removes the containers of its Lambda functions.
  graceSeconds: 20,

  async prepare(report) {
    if (!(await succeeds('docker', ['info']))) return undefined;
    if (!(await succeeds('docker', ['image', 'inspect', localstackImage]))) {
      report(`Pulling ${localstackImage} (once) ...`);
      await runCommand('docker', ['pull', '--quiet', localstackImage]);
    }
    return (port) => ({
      command: ['docker', 'run', '--rm', ...dockerOptions(port), localstackImage],
      env: process.env,
    });
  },
};

function dockerOptions(port: number): string[] {
  // The same port inside and outside: queue URLs then hold on this machine and in Lambda's containers alike.
  const settings = {
    GATEWAY_LISTEN: `0.0.0.0:${port}`,
    LOCALSTACK_HOST: `localhost.localstack.cloud:${port}`,
    SQS_ENDPOINT_STRATEGY: 'path',
    DISABLE_EVENTS: '1',
  };
  return [
    ...['--name', `celery-aws-localstack-${port}`],
    ...['--publish', `127.0.0.1:${port}:${port}`],
    ...['--volume', '/var/run/docker.sock:/var/run/docker.sock'],
    ...Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
  ];
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  try {
    await runCommand(program, args, { signal: AbortSignal.timeout(10_000) });
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}

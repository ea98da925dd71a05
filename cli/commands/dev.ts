import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Celery } from '../../lib/app/index.ts';
import { CELERY_ENDPOINTS } from '../../lib/lambda/environment.ts';
import { type LocalBeat, openBeat } from '../../local/beat.ts';
import { celeryOutputs, deploy } from '../../local/deploy.ts';
import { devQueuesVariable } from '../../local/dev-queues.ts';
import { openEngine } from '../../local/engine.ts';
import { sdkVariables, useLocalEnvironment } from '../../local/environment.ts';
import { freePort } from '../../local/free-port.ts';
import { assignments } from '../../local/next-steps.ts';
import { packagedFile } from '../../local/packaged-file.ts';
import { nodeArgsFor } from '../../local/typescript.ts';
import { type Command, type CommandContext, readArgs, refuse, required } from '../command.ts';
import { loadApp } from '../load-app.ts';

/** `celery-aws dev -A FILE`: write a task, save, and it runs. */
export const dev: Command = {
  name: 'dev',
  usage: '-A FILE [-Q QUEUES]',
  summary:
    'Develop the application in FILE: a local AWS, its queues and tables, and a worker that restarts',
  details: `  -A, --app FILE         the module that exports the application, TypeScript or JavaScript
  -Q, --queues QUEUES    names of queues, by commas; default: those that the application's tasks name
The worker is a process of its own that starts anew when a file it uses changes, with an inspector for breakpoints.`,

  async run(args, context) {
    const { values, positionals } = readArgs(args, {
      app: { type: 'string', short: 'A' },
      queues: { type: 'string', short: 'Q' },
    });
    refuse(positionals);
    const file = required(values.app, '-A FILE');
    const queues = values.queues?.split(',') ?? queuesOf(await loadApp(file));
    const engine = await openEngine({ ...context, port: 4566 });
    let beat: LocalBeat | undefined;
    try {
      useLocalEnvironment(engine.endpoint);
      beat = await openBeat({ endpoint: engine.endpoint, report: context.report });
      await deployQueues(engine.endpoint, queues, context);
      return await runWatched(file, context.signal);
    } finally {
      await beat?.stop();
      await engine.stop();
    }
  },
};

/** The default queue first, then those that tasks name. */
function queuesOf(app: Celery): string[] {
  const named = [...app.tasks.values()].map(({ options }) => options.queue);
  const queues = named.filter((queue) => queue !== undefined);
  return [...new Set([app.conf.taskDefaultQueue, ...queues])];
}

async function deployQueues(
  endpoint: string,
  queues: readonly string[],
  { print, report, signal }: CommandContext,
): Promise<void> {
  report(`Deploying queues ${queues.join(', ')} to ${endpoint} ...`);
  process.env[devQueuesVariable] = queues.join(',');
  const outputs = await deploy(packagedFile('local/dev-stack'), { endpoint, signal });
  const { endpoints } = celeryOutputs(outputs, 'CeleryDev');
  process.env[CELERY_ENDPOINTS] = endpoints;
  print(`export ${assignments({ ...sdkVariables(endpoint), [CELERY_ENDPOINTS]: endpoints })}`);
}

/** Emulators hand messages to requests whose connection a restart has closed; short requests make that rare. */
const shortWait = ['--wait', '1'];

/** Node restarts the worker when a file it has loaded changes; Ctrl-C ends it after the tasks in hand. */
async function runWatched(file: string, signal: AbortSignal): Promise<number> {
  const cli = packagedFile('cli/main');
  const loaders = [...new Set([...nodeArgsFor(file), ...nodeArgsFor(cli)])];
  const inspect = `--inspect=127.0.0.1:${await freePort(9229)}`;
  const worker = spawn(
    process.execPath,
    [
      ...['--watch', '--watch-preserve-output'],
      inspect,
      ...loaders,
      cli,
      'worker',
      '-A',
      file,
      ...shortWait,
    ],
    { stdio: 'inherit' },
  );
  const end = () => worker.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const [code] = await once(worker, 'exit');
  return signal.aborted ? 0 : Number(code ?? 1);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CELERY_ENDPOINTS } from '../../lib/lambda/environment.ts';
import { celeryOutputs, deploy } from '../../local/deploy.ts';
import { type DevQueues, devQueuesOf, devQueuesVariable } from '../../local/dev-queues.ts';
import { openEngine } from '../../local/engine.ts';
import { sdkVariables, useLocalEnvironment } from '../../local/environment.ts';
import { openScheduleFirer, type ScheduleFirer } from '../../local/fire-schedules.ts';
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
  -Q, --queues QUEUES    names of queues, by commas, the default queue first; default: those of the setting taskQueues
                         and of the application's tasks
Fanout exchanges of taskQueues are made, too, and lanes for queues with an x-max-priority. What else a queue is like
says your own CDK app, which this command does not read.
The worker is a process of its own that starts anew when a file it uses changes, with an inspector for breakpoints.`,

  async run(args, context) {
    const { values, positionals } = readArgs(args, {
      app: { type: 'string', short: 'A' },
      queues: { type: 'string', short: 'Q' },
    });
    refuse(positionals);
    const file = required(values.app, '-A FILE');
    const names = values.queues?.split(',').map((name) => name.trim());
    const queues = devQueuesOf(await loadApp(file), names);
    const engine = await openEngine({ ...context, port: 4566 });
    let firer: ScheduleFirer | undefined;
    try {
      useLocalEnvironment(engine.endpoint);
      firer = await openScheduleFirer({ endpoint: engine.endpoint, report: context.report });
      await deployQueues(engine.endpoint, queues, context);
      return await runWatched(file, context.signal);
    } finally {
      await firer?.stop();
      await engine.stop();
    }
  },
};

async function deployQueues(
  endpoint: string,
  made: DevQueues,
  { print, report, signal }: CommandContext,
): Promise<void> {
  report(`Deploying ${describe(made)} to ${endpoint} ...`);
  process.env[devQueuesVariable] = JSON.stringify(made);
  const outputs = await deploy(packagedFile('local/dev-stack'), { endpoint, signal });
  const { endpoints } = celeryOutputs(outputs, 'CeleryDev');
  process.env[CELERY_ENDPOINTS] = endpoints;
  print(`export ${assignments({ ...sdkVariables(endpoint), [CELERY_ENDPOINTS]: endpoints })}`);
}

function describe({ queues, broadcasts }: DevQueues): string {
  const exchanges = Object.entries(broadcasts).map(([name, of]) => `${name} (${of.join(', ')})`);
  const names = queues.map(({ name, priorities }) => `${name}${priorities ? ' with lanes' : ''}`);
  return [
    `queues ${names.join(', ')}`,
    ...(exchanges.length > 0 ? [`fanout exchanges ${exchanges.join(', ')}`] : []),
  ].join(' and ');
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

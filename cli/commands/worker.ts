import { createWorker, pollQueues, type TaskEnd } from '../../lib/worker/index.ts';
import {
  type Command,
  optionalInteger,
  readArgs,
  refuse,
  required,
  UsageError,
} from '../command.ts';
import { loadApp } from '../load-app.ts';

/** `celery-aws worker -A FILE`: the worker room of Lambda, on long polling. */
export const worker: Command = {
  name: 'worker',
  usage: '-A FILE [-Q QUEUES] [-c N]',
  summary: 'Run the tasks of the application in FILE in this process',
  details: `  -A, --app FILE         the module that exports the application, TypeScript or JavaScript
  -Q, --queues QUEUES    names of queues, by commas; default: all of the application's
  -c, --concurrency N    tasks of a batch that run at once; default: the batch, up to 10
      --wait SECONDS     how long a request waits for messages, 1 to 20; default 20
CELERY_ENDPOINTS says where the queues are. Ctrl-C ends it after the tasks in hand.`,

  async run(args, { report, signal }) {
    const { values, positionals } = readArgs(args, {
      app: { type: 'string', short: 'A' },
      queues: { type: 'string', short: 'Q' },
      concurrency: { type: 'string', short: 'c' },
      wait: { type: 'string' },
    });
    refuse(positionals);
    const concurrency = optionalInteger(values.concurrency, '--concurrency');
    const waitSeconds = optionalInteger(values.wait, '--wait', 20);
    const app = await loadApp(required(values.app, '-A FILE'));
    const adapters = await app.adapters();
    const known = adapters.broker.queues();
    const queues = values.queues === undefined ? known : chosen(values.queues, known);
    report(`Worker of '${app.main}' ready: ${app.tasks.size} tasks, queues ${queues.join(', ')}`);
    const observe = ({ name, id, status }: TaskEnd) => report(`${name} [${id}] ${status}`);
    const room = createWorker(app, adapters, { concurrency, observe });
    const { controlQueue = [] } = adapters.broker;
    await pollQueues(room, { queues: queues.concat(controlQueue), waitSeconds, signal });
    await app.close();
    return 0;
  },
};

function chosen(list: string, known: readonly string[]): string[] {
  const queues = list.split(',').map((name) => name.trim());
  const unknown = queues.filter((name) => !known.includes(name));
  if (unknown.length === 0) return queues;
  throw new UsageError(
    `Unknown queue ${unknown.map((name) => `'${name}'`).join(', ')}; CELERY_ENDPOINTS lists ${known.join(', ')}`,
  );
}

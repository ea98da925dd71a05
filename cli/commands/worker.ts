import { hostname } from 'node:os';
import { createWorker, pollQueues, type TaskEnd } from '../../lib/worker/index.ts';
import { chooseQueues } from '../choose-queues.ts';
import { type Command, optionalInteger, readArgs, refuse, required } from '../command.ts';
import { loadApp } from '../load-app.ts';
import { nodeName } from '../node-name.ts';

/** `celery-aws worker -A FILE`: the worker room of Lambda, on long polling. */
export const worker: Command = {
  name: 'worker',
  usage: '-A FILE [-Q QUEUES] [-c N] [-n NAME]',
  summary: 'Run the tasks of the application in FILE in this process',
  details: `  -A, --app FILE         the module that exports the application, TypeScript or JavaScript
  -Q, --queues QUEUES    names of queues, by commas; default: all of the application's. A queue with lanes for
                         priorities is read from the highest down; 'celery-p7' is that lane alone
  -c, --concurrency N    tasks that run at once, of all queues together; default: 10 of each queue
  -n, --hostname NAME    its name in results, as in 'mail@%h'; default: 'celery@%h', %h being this host's name
      --wait SECONDS     how long a request waits for messages, 1 to 20; default 20
CELERY_ENDPOINTS says where the queues are. Ctrl-C ends it after the tasks in hand.`,

  async run(args, { report, signal }) {
    const { values, positionals } = readArgs(args, {
      app: { type: 'string', short: 'A' },
      queues: { type: 'string', short: 'Q' },
      concurrency: { type: 'string', short: 'c' },
      hostname: { type: 'string', short: 'n' },
      wait: { type: 'string' },
    });
    refuse(positionals);
    const concurrency = optionalInteger(values.concurrency, '--concurrency');
    const waitSeconds = optionalInteger(values.wait, '--wait', 20);
    const name = nodeName(values.hostname ?? 'celery@%h', hostname());
    const app = await loadApp(required(values.app, '-A FILE'));
    const adapters = await app.adapters();
    const { broker } = adapters;
    const { controlQueue = [], lanes } = broker;
    const queues = chooseQueues(values.queues, { known: broker.queues(), lanes });
    // As Celery's worker, which lists none of its own.
    const tasks = [...app.tasks.keys()].filter((name) => !name.startsWith('celery.'));
    report(`Worker of '${app.main}' ready: ${tasks.length} tasks, queues ${queues.join(', ')}`);
    const observe = ({ name, id, status }: TaskEnd) => report(`${name} [${id}] ${status}`);
    const room = createWorker(app, adapters, { concurrency, observe, hostname: name });
    const all = queues.concat(controlQueue);
    await pollQueues(room, { queues: all, concurrency, waitSeconds, signal });
    await app.close();
    return 0;
  },
};

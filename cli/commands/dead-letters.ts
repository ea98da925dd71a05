import { Celery } from '../../lib/app/index.ts';
import { type Command, onlyOne, optionalInteger, readArgs, UsageError } from '../command.ts';
import { letterChanges } from '../letter-changes.ts';
import { letterFilter } from '../letter-filter.ts';
import { letterPrinter } from '../letter-printer.ts';
import { type LetterWork, workOnLetters } from '../letter-work.ts';
import { loadApp } from '../load-app.ts';

type Verb = LetterWork['verb'];

/** What is said of letters when it is done. */
const done: Readonly<Record<Verb, string>> = {
  list: 'found',
  retry: 'sent back',
  edit: 'changed and sent back',
  drop: 'deleted',
};

const setOptions = {
  'set-args': { type: 'string' },
  'set-kwargs': { type: 'string' },
  'set-headers': { type: 'string' },
  'set-task': { type: 'string' },
  'set-queue': { type: 'string' },
  'set-expires': { type: 'string' },
} as const;

/** `celery-aws dead-letters VERB` */
export const deadLetters: Command = {
  name: 'dead-letters',
  usage: 'list|retry|edit|drop',
  summary: 'Look at the messages that could not be run, send them back, or delete them',
  details: `  list                   show them; all stay
  retry                  send them back to their queues, unchanged
  edit                   send them back with what the --set options say, under their ids; needs --yes
  drop                   delete them for good; needs --yes

  -Q, --queue QUEUE      letters of this queue, of all its lanes; default: of every queue
      --id ID            of the task with this id, or the letter itself; may be given again
      --task GLOB        of tasks by this name, such as 'shop.*'
      --reason GLOB      that died of this error, such as NotRegistered
      --limit N          look at this many letters of a queue; default 1000

      --set-args JSON    positional arguments, a JSON list
      --set-kwargs JSON  keyword arguments, a JSON object
      --set-headers JSON headers to be added, a JSON object
      --set-task NAME    the task to run
      --set-queue QUEUE  the queue to go to
      --set-expires N    seconds from now after which it may not start; one that has expired ends REVOKED at once

      --json             a line of JSON for each letter instead of a table
      --with-arguments   with --json: the arguments themselves, also where logs show something else of them
      --yes              do it; without, edit and drop only show what they would do, and end with 1
  -A, --app FILE         the application, for its serializers and what it shows of arguments
CELERY_ENDPOINTS says where the queues are. Letters are sent before they are deleted, so none is lost on the way.`,

  async run(args, context) {
    const { values, positionals } = readArgs(args, {
      app: { type: 'string', short: 'A' },
      queue: { type: 'string', short: 'Q' },
      id: { type: 'string', multiple: true },
      task: { type: 'string' },
      reason: { type: 'string' },
      limit: { type: 'string' },
      ...setOptions,
      json: { type: 'boolean', default: false },
      'with-arguments': { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
    });
    const asked = verbOf(onlyOne(positionals, 'What to do (list, retry, edit or drop)'));
    const verb = values.yes || asked === 'retry' ? asked : 'list';
    const changes = letterChanges(values);
    checkChanges(asked, Object.keys(changes).length);
    const limit = optionalInteger(values.limit, '--limit') ?? 1000;
    const picks = letterFilter({ ids: values.id, task: values.task, reason: values.reason });
    const app = values.app === undefined ? new Celery('celery-aws') : await loadApp(values.app);
    const printer = letterPrinter(context, {
      json: values.json,
      withArguments: values['with-arguments'],
      tasks: app.tasks,
    });
    const { report, signal } = context;
    // Without endpoints nothing was looked at, so nothing is counted.
    await app.adapters();
    try {
      const work = { verb, picks, changes, limit };
      await workOnLetters(app, values.queue, work, { report, signal, observe: printer.add });
    } finally {
      printer.end();
      report(`${printer.count()} ${printer.count() === 1 ? 'letter' : 'letters'} ${done[verb]}.`);
      await app.close();
    }
    signal.throwIfAborted();
    if (verb === asked || printer.count() === 0) return 0;
    report(`Nothing was done yet. With --yes they are ${done[asked]}.`);
    return 1;
  },
};

function verbOf(word: string): Verb {
  if (Object.hasOwn(done, word)) return word as Verb;
  throw new UsageError(`There is no 'dead-letters ${word}', but: ${Object.keys(done).join(', ')}`);
}

function checkChanges(verb: Verb, given: number): void {
  if (verb === 'edit' && given === 0) {
    throw new UsageError(`edit needs one of --${Object.keys(setOptions).join(', --')}`);
  }
  if (verb !== 'edit' && given > 0) {
    throw new UsageError(`Options --set-... are for edit, and not for ${verb}`);
  }
}

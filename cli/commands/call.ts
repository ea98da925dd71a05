import { Celery } from '../../lib/app/index.ts';
import { CeleryError } from '../../lib/errors.ts';
import { type Command, onlyOne, optionalInteger, positiveInteger, readArgs } from '../command.ts';
import { jsonList, jsonObject } from '../json-option.ts';

/** `celery-aws call TASK`, as `celery call` has it. */
export const call: Command = {
  name: 'call',
  usage: "TASK [--args '[2, 3]'] [--kwargs '{}']",
  summary: 'Send a task by its name, and print its id and its result',
  details: `  -a, --args JSON        positional arguments, a JSON list
  -k, --kwargs JSON      keyword arguments, a JSON object
  -Q, --queue QUEUE      default: the application's default queue
      --countdown N      start in N seconds
      --timeout N        seconds to wait for the result; default 60
      --no-wait          print the id alone
CELERY_ENDPOINTS says where the queues are.`,

  async run(args, { print, signal }) {
    const { values, positionals } = readArgs(args, {
      args: { type: 'string', short: 'a', default: '[]' },
      kwargs: { type: 'string', short: 'k', default: '{}' },
      queue: { type: 'string', short: 'Q' },
      countdown: { type: 'string' },
      timeout: { type: 'string', default: '60' },
      'no-wait': { type: 'boolean', default: false },
    });
    const app = new Celery('celery-aws');
    const countdown = optionalInteger(values.countdown, '--countdown');
    const result = await app.sendTask(
      onlyOne(positionals, "TASK, the task's name,"),
      jsonList(values.args, '--args'),
      {
        kwargs: jsonObject(values.kwargs, '--kwargs'),
        ...(values.queue && { queue: values.queue }),
        ...(countdown && { countdown }),
      },
    );
    print(result.id);
    if (values['no-wait']) return 0;
    const timeout = positiveInteger(values.timeout, '--timeout');
    try {
      print(show(await result.get({ timeout, signal })));
      return 0;
    } catch (error) {
      throw new NoResult(error);
    }
  },
};

/** The task failed, or has not ended in time: its error by name, without a stack trace of ours. */
class NoResult extends CeleryError {
  override readonly name = 'NoResult';

  constructor(cause: unknown) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause });
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

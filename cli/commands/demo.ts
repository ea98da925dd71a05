import { CELERY_ENDPOINTS } from '../../lib/lambda/environment.ts';
import { type Command, readArgs, refuse } from '../command.ts';
import { showDemo } from '../show-demo.ts';

/** `celery-aws demo`: nothing but Node. */
export const demo: Command = {
  name: 'demo',
  usage: '',
  summary: 'Run the demo tasks on the in-process engine, with nothing but Node',
  details: 'Ends with 0 only if every task ended as expected.',

  async run(args, context) {
    refuse(readArgs(args, {}).positionals);
    process.env[CELERY_ENDPOINTS] = 'memory';
    return (await showDemo(context)) ? 0 : 1;
  },
};

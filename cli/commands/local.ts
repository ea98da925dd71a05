import { CELERY_ENDPOINTS } from '../../lib/lambda/environment.ts';
import { celeryOutputs, deploy } from '../../local/deploy.ts';
import { type Engine, openEngine } from '../../local/engine.ts';
import { sdkVariables, useLocalEnvironment } from '../../local/environment.ts';
import { openScheduleFirer, type ScheduleFirer } from '../../local/fire-schedules.ts';
import { assignments, nextSteps } from '../../local/next-steps.ts';
import { packagedFile } from '../../local/packaged-file.ts';
import { type Command, type CommandContext, readArgs, refuse } from '../command.ts';
import { untilAborted } from '../interrupt.ts';
import { ownInvocation } from '../invocation.ts';
import { showDemo } from '../show-demo.ts';

/** `celery-aws local`: a local AWS with the demo stack on it. */
export const local: Command = {
  name: 'local',
  usage: '[--once | --no-demo]',
  summary: 'Start a local AWS, deploy the demo stack, run its tasks, and stay until Ctrl-C',
  details: `      --once             end after the demo; 0 only if every task ended as expected
      --no-demo          just the local AWS, for a stack of your own
The AWS is the one at AWS_ENDPOINT_URL, or else LocalStack where Docker runs, or else ministack where Python is.`,

  async run(args, context) {
    const { values, positionals } = readArgs(args, {
      once: { type: 'boolean', default: false },
      'no-demo': { type: 'boolean', default: false },
    });
    refuse(positionals);
    const engine = await openEngine({ ...context, port: 4566 });
    let firer: ScheduleFirer | undefined;
    try {
      context.report(`Local AWS: ${engine.name} at ${engine.endpoint}`);
      useLocalEnvironment(engine.endpoint);
      firer = await openScheduleFirer({ endpoint: engine.endpoint, report: context.report });
      if (values['no-demo']) context.print(`export ${assignments(sdkVariables(engine.endpoint))}`);
      else if (!(await deployAndShow(engine, context)) && values.once) return 1;
      if (values.once) return 0;
      context.report('\nCtrl-C ends it.');
      await untilAborted(context.signal);
      return 0;
    } finally {
      await firer?.stop();
      await engine.stop();
    }
  },
};

async function deployAndShow({ endpoint }: Engine, context: CommandContext): Promise<boolean> {
  context.report('Deploying the stack CeleryDemo ...');
  const file = packagedFile('cdk/app');
  const outputs = await deploy(file, { endpoint, signal: context.signal });
  const { endpoints, pythonSettings } = celeryOutputs(outputs, 'CeleryDemo');
  process.env[CELERY_ENDPOINTS] = endpoints;
  const asExpected = await showDemo(context);
  context.print(`\n${CELERY_ENDPOINTS}=${endpoints}\n`);
  const environment = sdkVariables(endpoint);
  const invocation = ownInvocation();
  context.print(nextSteps({ environment, endpoints, pythonSettings, invocation }));
  return asExpected;
}

import { deploy as deployStacks, type StackOutputs } from '../../local/deploy.ts';
import { openEngine } from '../../local/engine.ts';
import { endpointOf } from '../../local/environment.ts';
import { type Command, onlyOne, readArgs, UsageError } from '../command.ts';

/** `celery-aws deploy FILE` */
export const deploy: Command = {
  name: 'deploy',
  usage: 'FILE',
  summary: 'Deploy the CDK app in FILE to the local AWS at AWS_ENDPOINT_URL, and print its outputs',
  details: `FILE is TypeScript or JavaScript. No AWS account is needed and none is touched; to deploy to one:
npx cdk deploy --app 'npx tsx FILE'`,

  async run(args, { print, report, signal }) {
    const file = onlyOne(readArgs(args, {}).positionals, 'FILE, the CDK app,');
    if (endpointOf(process.env) === undefined) throw noEndpoint();
    const { endpoint } = await openEngine({ report });
    report(`Deploying ${file} to ${endpoint} ...`);
    print(formatOutputs(await deployStacks(file, { endpoint, signal })));
    return 0;
  },
};

/** One line an output: `Stack.Output = value`. */
function formatOutputs(outputs: StackOutputs): string {
  return Object.entries(outputs)
    .flatMap(([stack, values]) =>
      Object.entries(values).map(([name, value]) => `${stack}.${name} = ${value}`),
    )
    .join('\n');
}

function noEndpoint(): UsageError {
  return new UsageError(
    'AWS_ENDPOINT_URL is not set, so there is no local AWS to deploy to. ' +
      '`celery-aws local` starts one and prints the line that sets it.',
  );
}

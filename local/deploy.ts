import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CeleryError, ImproperlyConfigured } from '../lib/errors.ts';
import { localAccount, localEnvironment } from './environment.ts';
import { CommandFailed } from './errors.ts';
import { runCommand } from './run-command.ts';
import { switchOnTtl } from './switch-on-ttl.ts';
import { MissingPackage, nodeArgsFor, resolvePackage } from './typescript.ts';

/** What the deployed stacks give out: stack -> output -> value. */
export type StackOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Where to deploy to. */
export interface DeployOptions {
  /** URL of a local engine. */
  readonly endpoint: string;
  /** Ends the deployment when aborted. */
  readonly signal?: AbortSignal;
}

/** The CDK app to deploy is not there. */
export class FileNotFound extends CeleryError {
  override readonly name = 'FileNotFound';

  constructor(file: string) {
    super(`There is no file ${resolve(file)}`);
  }
}

/**
 * Bootstraps a local engine and deploys every stack of the CDK app in `file`, TypeScript or JavaScript; answers the
 * stacks' outputs. Nothing is printed and the project's `cdk.out` is left alone.
 *
 * @throws FileNotFound, MissingPackage, ImproperlyConfigured for a file that is no CDK app, or CommandFailed with what
 * the CDK printed.
 */
export async function deploy(file: string, options: DeployOptions): Promise<StackOutputs> {
  if (!existsSync(file)) throw new FileNotFound(file);
  const folder = await mkdtemp(join(tmpdir(), 'celery-aws-cdk-'));
  try {
    const cdk = cdkCommand(options);
    const assembly = join(folder, 'assembly');
    const outputs = join(folder, 'outputs.json');
    await Promise.all([bootstrap(options), synthesize(file, assembly, options)]);
    await cdk(
      ...['deploy', '--all', '--require-approval', 'never'],
      ...['--app', assembly, '--outputs-file', outputs],
    );
    const given: StackOutputs = JSON.parse(await readFile(outputs, 'utf8'));
    await switchOnTtl(given, options.endpoint);
    return given;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Runs the CDK app in `file`, which writes its stacks' templates into the folder `assembly`.
 *
 * @throws MissingPackage, ImproperlyConfigured for a file that is no CDK app, or CommandFailed with what the CDK printed.
 */
export async function synthesize(
  file: string,
  assembly: string,
  options: DeployOptions,
): Promise<void> {
  const cdk = cdkCommand(options);
  try {
    await cdk('synth', '--quiet', '--app', appCommand(file), '--output', assembly);
  } catch (error) {
    const manifest = `ENOENT: no such file or directory, open '${join(assembly, 'manifest.json')}'`;
    const ranInVain = error instanceof CommandFailed && error.message.includes(manifest);
    throw ranInVain ? notAnApp(file, error) : error;
  }
}

/** The CDK itself says only which of its files is not there. */
function notAnApp(file: string, cause: Error): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `${file} is no CDK app: it ran to its end and made no stack. Expected a file that makes an App of aws-cdk-lib and ` +
      "its stacks: const app = new App(); new CeleryApp(new Stack(app, 'Shop'), 'Celery', { workers: ... }).",
    { cause },
  );
}

/**
 * Prepares a local engine for deployments. Once is enough, and on a new engine no two may do it at once; `deploy` does it too.
 *
 * @throws MissingPackage, or CommandFailed with what the CDK printed.
 */
export async function bootstrap(options: DeployOptions): Promise<void> {
  const region = localEnvironment(options.endpoint).AWS_REGION;
  await cdkCommand(options)('bootstrap', `aws://${localAccount()}/${region}`);
}

function cdkCommand({ endpoint, signal }: DeployOptions) {
  const program = join(dirname(resolveCdk()), 'bin', 'cdk');
  const env = { ...localEnvironment(endpoint), CDK_DISABLE_CLI_TELEMETRY: 'true' };
  return (...args: string[]) =>
    runCommand(process.execPath, [program, '--no-notices', ...args], { env, signal });
}

/** Checks all at once what deploying needs, so that a user installs it once; answers the CDK's own package.json. */
function resolveCdk(): string {
  const needed = ['aws-cdk', 'aws-cdk-lib', 'constructs', 'esbuild'];
  const missing = needed.filter((name) => resolvePackage(`${name}/package.json`) === undefined);
  const manifest = resolvePackage('aws-cdk/package.json');
  if (manifest === undefined || missing.length > 0)
    throw new MissingPackage('Deploying', ...missing);
  return manifest;
}

/** The CDK runs this in a shell. It starts with `exec`, since the CDK would strip a quote at either end. */
function appCommand(file: string): string {
  const words = [process.execPath, ...nodeArgsFor(file), resolve(file)];
  return `exec ${words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')} --`;
}

/** What a stack with a `CeleryApp` gives to producers. */
export interface CeleryOutputs {
  /** Value of CELERY_ENDPOINTS. */
  readonly endpoints: string;
  /** Celery's settings as Python source. */
  readonly pythonSettings: string;
}

/** Reads the outputs of `CeleryApp`. @throws ImproperlyConfigured when the stack has none. */
export function celeryOutputs(outputs: StackOutputs, stack: string): CeleryOutputs {
  const { CeleryEndpoints, CeleryPythonSettings } = outputs[stack] ?? {};
  if (CeleryEndpoints === undefined || CeleryPythonSettings === undefined) {
    throw new ImproperlyConfigured(
      `Stack ${stack} was expected to give CeleryEndpoints and CeleryPythonSettings, as a CeleryApp does; ` +
        `it gives ${Object.keys(outputs[stack] ?? {}).join(', ') || 'nothing'}`,
    );
  }
  return { endpoints: CeleryEndpoints, pythonSettings: CeleryPythonSettings };
}

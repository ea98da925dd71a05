import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { CELERY_AWS_WORKER_BUNDLE } from '../../lib/lambda/environment.ts';

/**
 * CommonJS packages inside an ES module bundle may call `require` for Node's own modules. Set on `globalThis`,
 * since a declared `require` would clash with a package that declares its own.
 */
const requireForCommonJs =
  "import{createRequire as celeryRequire}from'node:module';globalThis.require??=celeryRequire(import.meta.url);";

/**
 * Where the SDK looks for credentials when the environment has none: profiles, sessions, tokens and addresses of other
 * machines. Lambda sets AWS_ACCESS_KEY_ID, so the SDK never imports these, and more than a third of the two clients' code
 * is left out. All or none: it asks one after the other, and one that cannot be imported ends the search. Whoever has the
 * first, as Lambda's runtime does, has them all.
 */
const credentialsElsewhere = [
  ...['http', 'ini', 'login', 'process', 'sso', 'web-identity'].map(
    (provider) => `@aws-sdk/credential-provider-${provider}`,
  ),
  '@smithy/credential-provider-imds',
];

/**
 * Clients that are loaded only when they are needed, and that Lambda's runtime has. A local engine may run functions
 * without that runtime, so a bundle for one carries them.
 */
const inLambdaRuntime = ['@aws-sdk/client-scheduler'];
const forLargePayloads = ['@aws-sdk/client-s3'];
const forFanout = ['@aws-sdk/client-sns'];
const forParameter = ['@aws-sdk/client-ssm'];

function leftOut({ largePayloads, fanout, parameter }: Partial<WorkerNeeds>): string[] {
  const local = Boolean(process.env.AWS_ENDPOINT_URL);
  return [
    ...credentialsElsewhere,
    ...(local ? [] : inLambdaRuntime),
    ...(local && largePayloads ? [] : forLargePayloads),
    ...(local && fanout ? [] : forFanout),
    ...(local && parameter ? [] : forParameter),
  ];
}

/** What a worker may need that others do not. */
export interface WorkerNeeds {
  /** Its application has a bucket for large payloads. */
  readonly largePayloads: boolean;
  /** Its application has fanout exchanges. */
  readonly fanout: boolean;
  /** A parameter of Systems Manager holds its endpoints. */
  readonly parameter: boolean;
}

/**
 * How a worker is bundled: one ES module with everything it uses, the SDK clients included, from their ES modules
 * (`mainFields`). `externalModules`, when given, replaces what is left out: credential providers, and clients of Lambda's own runtime.
 */
export function workerBundling(
  options: BundlingOptions = {},
  needs: Partial<WorkerNeeds> = {},
): BundlingOptions {
  return {
    format: OutputFormat.ESM,
    mainFields: ['module', 'main'],
    bundleAwsSDK: true,
    minify: true,
    keepNames: true,
    sourceMap: true,
    sourcesContent: false,
    logLevel: LogLevel.WARNING,
    externalModules: leftOut(needs),
    ...options,
    define: { [`process.env.${CELERY_AWS_WORKER_BUNDLE}`]: 'true', ...options.define },
    banner: options.format === OutputFormat.CJS ? options.banner : withRequire(options.banner),
  };
}

function withRequire(banner = ''): string {
  return requireForCommonJs + banner;
}

/**
 * Runs `bundle`. Without esbuild the CDK falls back to Docker, and without that it fails with an error that names
 * neither: then ours says what to install.
 *
 * @throws ImproperlyConfigured, or what `bundle` throws while esbuild is there
 */
export function explainBundling<T>(
  path: string,
  bundle: () => T,
  hasEsbuild: () => boolean = esbuildIsInstalled,
): T {
  try {
    return bundle();
  } catch (cause) {
    if (hasEsbuild()) throw cause;
    throw new ImproperlyConfigured(
      `${path}: the worker could not be bundled, and esbuild is not installed in ${process.cwd()}: npm i -D esbuild`,
      { cause },
    );
  }
}

function esbuildIsInstalled(): boolean {
  try {
    createRequire(join(process.cwd(), 'package.json')).resolve('esbuild');
    return true;
  } catch {
    return false;
  }
}

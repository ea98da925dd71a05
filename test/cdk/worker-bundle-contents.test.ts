import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { test as base, describe, expect } from 'vitest';
import { workerBundling } from '../../cdk/constructs/worker-bundling.ts';
import { runCommand } from '../../local/run-command.ts';

interface Bundle {
  readonly file: string;
  /** Paths of all that went into it, whole or in part. */
  readonly inputs: readonly string[];
}

const worker = `
  import { Celery } from './lib/index.ts';
  import { createWorkerHandler } from './lib/lambda/index.ts';
  export const app = new Celery('shop', { endpoints: 'memory' });
  export const add = app.task('shop.add', (x, y) => x + y);
  export const work = () => createWorkerHandler(app);
`;

const client = `
  import { SQSClient } from '@aws-sdk/client-sqs';
  const { credentials } = new SQSClient({ region: 'us-east-1' }).config;
  credentials().catch(({ message }) => console.log(message));
`;

/** Bundles `source` with the options that the CDK hands to esbuild, and without what is `leftOut`. */
async function bundle(
  source: string,
  folder: string,
  leftOut: readonly string[] = workerBundling().externalModules ?? [],
): Promise<Bundle> {
  const { mainFields = [], define = {}, banner = '' } = workerBundling();
  const file = join(folder, 'index.mjs');
  const { metafile } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
    outfile: file,
    bundle: true,
    metafile: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    mainFields: [...mainFields],
    external: [...leftOut],
    define,
    banner: { js: banner },
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  return { file, inputs: Object.keys(output?.inputs ?? {}) };
}

const test = base.extend<{ folder: string; bundled: Bundle }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from this pattern
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'celery-aws-contents-'));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  bundled: async ({ folder }, use) => {
    await use(await bundle(worker, folder));
  },
});

describe("a worker's bundle", () => {
  test('holds the adapters to AWS, and neither the in-process engine nor what only that needs', ({
    bundled: { inputs },
  }) => {
    expect(inputs).toContain('lib/aws/sqs-broker.ts');
    expect(inputs.filter((path) => path.startsWith('lib/memory/'))).toEqual([]);
    expect(inputs).not.toContain('lib/connect/in-process.ts');
    expect(inputs).not.toContain('lib/worker/in-process.ts');
  });

  test('leaves out the credential providers that Lambda never reaches', ({
    bundled: { inputs },
  }) => {
    const providers = inputs.flatMap(
      (path) => /(@[\w-]+\/credential-provider-[\w-]+)\//.exec(path)?.[1] ?? [],
    );

    expect([...new Set(providers)].sort()).toEqual([
      '@aws-sdk/credential-provider-env',
      '@aws-sdk/credential-provider-node',
    ]);
  });

  test('needs no credentials of containers and machines, since those of profiles, which it has not, come first', async ({
    folder,
  }) => {
    const { externalModules: leftOut = [] } = workerBundling();
    const withRemote = leftOut.filter((path) => !/-(http|imds)$/.test(path));
    const { file, inputs } = await bundle(client, folder, withRemote);
    const env = { HOME: folder, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://localhost/keys' };

    expect(inputs.filter((path) => /-imds\//.test(path))).not.toEqual([]);
    expect(await runCommand(process.execPath, [file], { env })).toMatch(
      /^Cannot find package '@aws-sdk\/credential-provider-ini'/,
    );
  });

  test('connects once createWorkerHandler was called, and says so before', async ({
    bundled: { file },
  }) => {
    const { app, add, work } = await import(pathToFileURL(file).href);

    await expect(add.delay(1, 2)).rejects.toThrow(/has not called createWorkerHandler\(app\)/);
    work();
    await expect(app.adapters()).rejects.toThrow(/holds no in-process engine/);
  });
});

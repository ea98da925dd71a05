import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { test as base, describe, expect } from 'vitest';
import { workerBundling } from '../../cdk/constructs/worker-bundling.ts';

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

/** Bundles `source` with the options that the CDK hands to esbuild. */
async function bundle(source: string, folder: string): Promise<Bundle> {
  const { mainFields = [], externalModules = [], define = {}, banner = '' } = workerBundling();
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
    external: [...externalModules],
    define,
    banner: { js: banner },
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  return { file, inputs: Object.keys(output?.inputs ?? {}) };
}

const test = base.extend<{ bundled: Bundle }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from this pattern
  bundled: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'celery-aws-contents-'));
    await use(await bundle(worker, folder));
    rmSync(folder, { recursive: true });
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
    expect(inputs.filter((path) => /credential-provider-(env|http)\//.test(path))).not.toEqual([]);
    expect(
      inputs.filter((path) =>
        /credential-provider-(ini|login|process|sso|web-identity)\//.test(path),
      ),
    ).toEqual([]);
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

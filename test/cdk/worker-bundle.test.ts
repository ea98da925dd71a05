import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { test as base, describe, expect, vi } from 'vitest';
import { explainBundling, workerBundling } from '../../cdk/constructs/worker-bundling.ts';
import { CeleryApp } from '../../cdk/index.ts';
import { workerEntry } from './support.ts';

const test = base.extend<{ outdir: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from this pattern
  outdir: async ({}, use) => {
    const outdir = mkdtempSync(join(tmpdir(), 'celery-aws-bundle-'));
    await use(outdir);
    rmSync(outdir, { recursive: true });
  },
});

test('a worker is bundled to one ES module that runs on its own, CommonJS packages included', async ({
  outdir,
}) => {
  const app = new App({ outdir });
  const stack = new Stack(app, 'Shop');
  new CeleryApp(stack, 'Celery', { workers: { default: { entry: workerEntry } } });

  app.synth();

  const asset = readdirSync(outdir).find((name) => name.startsWith('asset.')) ?? 'no asset';
  expect(readdirSync(join(outdir, asset)).sort()).toEqual(['index.mjs', 'index.mjs.map']);
  const { handler } = await import(pathToFileURL(join(outdir, asset, 'index.mjs')).href);
  expect(await handler({ Records: [{}, {}] })).toEqual({
    batchItemFailures: [],
    received: 2,
    separator: sep,
    errorName: 'NamedError',
  });
  expect(readFileSync(join(outdir, asset, 'index.mjs'), 'utf8')).toContain('sourceMappingURL');
});

test.for([
  ['AWS', undefined, true, true],
  ['a local engine', 'http://127.0.0.1:4566', true, false],
  ['a local engine with endpoints in the environment', 'http://127.0.0.1:4566', false, true],
] as const)('the client that reads a parameter, for %s', ([, endpoint, parameter, leftOut]) => {
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);

  const { externalModules = [] } = workerBundling({}, { parameter });

  vi.unstubAllEnvs();
  expect(externalModules.includes('@aws-sdk/client-ssm')).toBe(leftOut);
});

describe('a bundling that fails', () => {
  const docker = new Error('spawnSync docker ENOENT');
  const bundle = () => {
    throw docker;
  };

  test('says what to install when esbuild is missing, and keeps the cause', () => {
    const failing = () => explainBundling('Shop/Worker', bundle, () => false);

    expect(failing).toThrow(
      expect.objectContaining({
        name: 'ImproperlyConfigured',
        message: expect.stringMatching(/^Shop\/Worker: .* npm i -D esbuild$/),
        cause: docker,
      }),
    );
  });

  test("is esbuild's own error when esbuild is there", () => {
    expect(() => explainBundling('Shop/Worker', bundle)).toThrow(docker);
  });
});

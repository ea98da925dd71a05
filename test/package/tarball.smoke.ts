import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ConsumerProject, createConsumerProject } from './consumer-project.ts';

/** What a user gets from the registry, as a user sees it: no transform, no source, nothing of this repository. */
let project: ConsumerProject;

before(() => {
  project = createConsumerProject();
});

after(() => project?.remove());

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));

const entries = Object.keys(manifest.exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => entry.replace('.', 'celery-aws'));

test('the tarball holds every file that exports and bin name, and neither sources nor tests', () => {
  const packed = new Set(project.packedFiles);
  const named = [
    ...Object.values<string | Record<string, string>>(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    ),
    ...Object.values<string>(manifest.bin),
  ].map((path) => path.replace('./', ''));

  assert.deepEqual(
    named.filter((path) => !packed.has(path)),
    [],
  );
  assert.deepEqual(
    project.packedFiles.filter((path) => /^(test|lib|bench|local)\//.test(path)),
    [],
  );
  assert.deepEqual(
    project.packedFiles.filter((path) => /(?<!\.d)\.ts$/.test(path)),
    [],
  );
});

for (const entry of entries) {
  test(`${entry} can be imported`, () => {
    const script = `import('${entry}').then((it) => console.log(Object.keys(it).length))`;
    assert.ok(Number(project.run(process.execPath, '-e', script)) > 0);
  });

  test(`${entry} can be required`, () => {
    const script = `console.log(Object.keys(require('${entry}')).length)`;
    const args = ['--input-type=commonjs', '-e', script];
    assert.ok(Number(project.run(process.execPath, ...args)) > 0);
  });
}

test('consumers type-check as ES modules and as CommonJS', () => {
  project.run('npx', 'tsc', '-p', '.');
});

test('a package of tasks emits declarations that others can read', () => {
  const emit = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly'];
  project.run('npx', 'tsc', '-p', '.', ...emit, '--outDir', 'types');

  const declarations = readFileSync(join(project.folder, 'types/declared-tasks.d.ts'), 'utf8');
  assert.match(declarations, /kwargs: import\("celery-aws"\)\.Task<"d\.kwargs", /);
  assert.match(declarations, /import\("celery-aws"\)\.ByName<\{\s*text: string;\s*\}>/);
  assert.match(declarations, /plainRef: import\("celery-aws"\)\.SendableTask<"d\.plain", /);
  assert.doesNotMatch(declarations, /dist\/|elided/);
});

test('a stack with the constructs and a worker file of its own synthesises', () => {
  project.run('env', 'CDK_OUTDIR=assembly', process.execPath, '--import', 'tsx', 'stack.ts');

  const assembly = join(project.folder, 'assembly');
  const template = readFileSync(join(assembly, 'Consumer.template.json'), 'utf8');
  const bundles = readdirSync(assembly, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /^asset\..*\/index\.mjs$/.test(path),
  );
  assert.match(template, /"AWS::Lambda::EventSourceMapping"/);
  assert.equal(bundles.length, 1);
  assert.match(readFileSync(join(assembly, bundles[0] ?? ''), 'utf8'), /HEAVY/);
});

test("a producer's bundle made with ref holds nothing of the worker's", () => {
  const flags = ['--bundle', '--platform=node', '--format=esm', '--metafile=meta.json'];
  const bundle = project.run('npx', 'esbuild', 'producer.ts', ...flags, '--outfile=producer.mjs');
  assert.equal(bundle, '');

  const inputs = Object.keys(
    JSON.parse(readFileSync(join(project.folder, 'meta.json'), 'utf8')).inputs,
  );
  assert.ok(inputs.some((path) => path.includes('celery-aws/dist/lib/index.js')));
  assert.deepEqual(
    inputs.filter((path) => /heavy-dependency|worker-tasks|aws-cdk-lib/.test(path)),
    [],
  );
  assert.doesNotMatch(readFileSync(join(project.folder, 'producer.mjs'), 'utf8'), /HEAVY/);
});

test('the command of the installed package answers', () => {
  assert.match(project.run('npx', 'celery-aws', '--help'), /^Usage: celery-aws COMMAND/);
  assert.equal(project.run('npx', 'celery-aws', '--version'), `${manifest.version}\n`);
});

test('the demo of the installed package names what it needs beside', () => {
  assert.throws(
    () => project.run('npx', 'celery-aws', 'demo'),
    (error: { stderr?: string }) => /npm i -D (zod|jimp)\n$/.test(error.stderr ?? ''),
  );
});

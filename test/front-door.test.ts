import { build, type Metafile } from 'esbuild';
import { expect, test } from 'vitest';

/** What is loaded when the front door is: `import()`s are not. */
async function loadedWith(entry: string): Promise<{ files: string[]; packages: string[] }> {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: 'unwritten',
    write: false,
    metafile: true,
  });
  const chunks = staticChunks(metafile, entry);
  return {
    files: chunks.flatMap(({ inputs }) => Object.keys(inputs)),
    packages: chunks
      .flatMap(({ imports }) => imports)
      .filter(({ external, kind }) => external && kind === 'import-statement')
      .map(({ path }) => path),
  };
}

function staticChunks({ outputs }: Metafile, entry: string): Metafile['outputs'][string][] {
  const pending = Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === entry);
  const seen = new Set(pending);
  for (const path of pending) {
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (external || kind !== 'import-statement' || seen.has(next)) continue;
      seen.add(next);
      pending.push(next);
    }
  }
  return pending.flatMap((path) => outputs[path] ?? []);
}

test('importing the package loads no SDK client, no CDK and no worker', async () => {
  const { files, packages } = await loadedWith('lib/index.ts');

  expect(packages.filter((name) => !name.startsWith('node:'))).toEqual([]);
  expect(files.filter((file) => /^lib\/(aws|connect|memory|worker|lambda)\//.test(file))).toEqual(
    [],
  );
});

test('importing a worker loads the SDK neither, before there is something to send', async () => {
  const { packages } = await loadedWith('lib/worker/index.ts');

  expect(packages.filter((name) => !name.startsWith('node:'))).toEqual([]);
});

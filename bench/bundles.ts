import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { workerBundling } from '../cdk/constructs/worker-bundling.ts';
import { runCommand } from '../local/run-command.ts';
import { costRow, type Row } from './row.ts';
import { inTurns } from './timing.ts';

/** @see docs/adr/0011-a-bundle-holds-the-whole-worker.md */
const mostBytesOfPeer = 1.38;
const mostLoadOfPeer = 1.15;

/** A bundle on disk. */
interface Bundle {
  readonly file: string;
  readonly bytes: number;
}

/**
 * The bundle of a worker with one task, made as the construct `Worker` makes it, against the bare clients of the SDK in
 * the same format. The last row leaves out of the clients, too, what the construct leaves out: what is ours.
 */
export async function measureBundles(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'celery-aws-bench-'));
  const { externalModules = [] } = workerBundling();
  try {
    const worker = await bundle('worker', folder, externalModules);
    const clients = await bundle('clients', folder, []);
    const trimmed = await bundle('clients', folder, externalModules);
    const load = await inTurns(
      () => loadMs(worker),
      () => loadMs(clients),
    );
    const sizes = { ours: worker.bytes, peer: clients.bytes };
    return [
      costRow('worker bundle, size | SQS and DynamoDB clients', sizes, kilobytes, mostBytesOfPeer),
      costRow('worker bundle, load | SQS and DynamoDB clients', load, milliseconds, mostLoadOfPeer),
      costRow(
        'worker bundle, size | these, without what Lambda never loads',
        { ours: worker.bytes, peer: trimmed.bytes },
        kilobytes,
      ),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bundles as the CDK calls esbuild with the options of `workerBundling`. */
async function bundle(
  name: 'worker' | 'clients',
  folder: string,
  external: readonly string[],
): Promise<Bundle> {
  const { mainFields, minify, keepNames, define, banner } = workerBundling();
  const file = join(folder, `${name}-${external.length}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`./bundled/${name}.ts`, import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    ...(mainFields && { mainFields }),
    minify: minify ?? false,
    keepNames: keepNames ?? false,
    define: define ?? {},
    banner: { js: banner ?? '' },
    external: [...external],
  });
  return { file, bytes: (await stat(file)).size };
}

const importAndTime =
  'const start = performance.now(); await import(process.argv[1]); console.log(performance.now() - start)';

/** Milliseconds that a fresh Node takes to load it, as Lambda does at a cold start. */
async function loadMs({ file }: Bundle): Promise<number> {
  const args = ['--input-type=module', '--eval', importAndTime, file];
  return Number(await runCommand(process.execPath, args));
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

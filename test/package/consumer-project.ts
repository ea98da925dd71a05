import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What a user of the constructs, of TypeScript and of other serializers installs beside the package. */
const companions = [
  ...['aws-cdk-lib', 'constructs', 'esbuild', 'tsx', 'typescript'],
  ...['@types/node', '@types/aws-lambda'],
  ...['yaml', '@msgpack/msgpack'],
];

/** A project of somebody else's, with the packed package installed from its tarball. */
export interface ConsumerProject {
  readonly folder: string;
  /** Paths inside the tarball. */
  readonly packedFiles: readonly string[];
  /** Runs a program in the project and answers its standard output; throws with all it printed when it fails. */
  run(program: string, ...args: string[]): string;
  remove(): void;
}

/** Packs the built package and installs it in an empty folder, in the versions this repository has locked. */
export function createConsumerProject(): ConsumerProject {
  const folder = mkdtempSync(join(tmpdir(), 'celery-aws-consumer-'));
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [{ filename, files }] = JSON.parse(packed);
  cpSync(join(import.meta.dirname, 'consumers'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
  run(
    'npm',
    'install',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    `./${filename}`,
    ...locked(),
  );
  createHeavyDependency(join(folder, 'node_modules', 'heavy-dependency'));
  return {
    folder,
    packedFiles: files.map((file: { path: string }) => file.path),
    run,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function locked(): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return companions.map((name) => `${name}@${lock.packages[`node_modules/${name}`].version}`);
}

/** Stands for what a worker needs and a producer must not carry. */
function createHeavyDependency(folder: string): void {
  mkdirSync(folder);
  const manifest = {
    name: 'heavy-dependency',
    version: '1.0.0',
    type: 'module',
    main: 'index.js',
    types: 'index.d.ts',
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(folder, 'index.js'),
    'export const render = (...parts) => parts.join("HEAVY");\n',
  );
  writeFileSync(
    join(folder, 'index.d.ts'),
    'export declare const render: (to: string, subject: string) => string;\n',
  );
}

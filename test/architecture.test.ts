import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';

const adapter = ['lib/ports', 'lib/protocol'];
const producing = [
  ...adapter,
  ...['lib/serializers', 'lib/payloads', 'lib/results', 'lib/producer'],
];
const app = [...producing, 'lib/canvas', 'lib/app'];

/**
 * The house as data: what each room may import besides itself and `lib/errors.ts`. In brackets: its types alone, and
 * at run time by `import()`. `lib` stands for every room of it, a file for itself alone.
 */
const mayImport = new Map<string, readonly string[]>([
  ['lib/protocol', []],
  ['lib/serializers', ['lib/protocol']],
  ['lib/ports', ['lib/protocol']],
  ['lib/payloads', adapter],
  ['lib/results', [...adapter, 'lib/serializers', 'lib/payloads']],
  ['lib/producer', [...adapter, 'lib/serializers', 'lib/payloads', 'lib/results']],
  ['lib/canvas', [...adapter, 'lib/results', 'lib/producer']],
  ['lib/app', [...producing, 'lib/canvas', '(lib/connect)']],
  ['lib/worker', app],
  ['lib/dead-letters', app],
  ['lib/memory', adapter],
  ['lib/aws', adapter],
  ['lib/connect', [...adapter, '(lib/aws)', '(lib/memory)', '(lib/worker)']],
  ['lib/connect/worker-bundle.ts', ['lib/connect', 'lib/ports', 'lib/aws']],
  ['lib/lambda', [...adapter, 'lib/app', 'lib/worker', 'lib/connect']],
  ['lib/testing', [...adapter, 'lib/app', 'lib/worker', 'lib/memory']],
  ['lib/index.ts', app],
  ['cli', ['lib', 'local', '(functions)']],
  ['local', ['lib', 'functions', 'cdk']],
  ['functions', ['lib']],
  ['cdk', ['lib/lambda/environment.ts', 'lib/protocol', '(lib/app)']],
]);

interface Import {
  readonly from: string;
  readonly target: string;
  /** An `import()`, or of types: nothing is loaded with the importing file. */
  readonly light: boolean;
}

const roots = ['lib', 'cli', 'local', 'functions', 'cdk'];
const imports: readonly Import[] = roots.flatMap(sourceFiles).flatMap(importsOf);

test.for([...mayImport])('%s imports only what stands below it', ([room, allowed]) => {
  const refused = imports.filter(
    ({ from, target, light }) =>
      roomOf(from) === room &&
      !target.startsWith('package:') &&
      !isIn(room, target) &&
      target !== 'lib/errors.ts' &&
      !allowed.some((place) => isIn(place, target) || (light && isIn(place.slice(1, -1), target))),
  );

  expect(refused).toEqual([]);
});

test('every file stands in a room', () => {
  const homeless = roots.flatMap(sourceFiles).filter((file) => roomOf(file) === undefined);

  expect(homeless).toEqual(['lib/errors.ts']);
});

test('in lib, only lib/aws imports the AWS SDK, and only lib/testing a test runner', () => {
  const users = (name: RegExp) =>
    imports.filter(({ target }) => name.test(target)).map(({ from }) => from);
  const inLib = (files: readonly string[]) => files.filter((file) => isIn('lib', file));

  expect(inLib(users(/^package:@aws-sdk\//)).filter((file) => !isIn('lib/aws', file))).toEqual([]);
  expect(inLib(users(/^package:aws-cdk-lib/))).toEqual([]);
  expect(inLib(users(/^package:vitest/)).filter((file) => !isIn('lib/testing', file))).toEqual([]);
});

/** The closest one: a file may have a row of its own. */
function roomOf(file: string): string | undefined {
  return [...mayImport.keys()]
    .filter((room) => isIn(room, file))
    .sort((one, other) => other.length - one.length)[0];
}

function isIn(place: string, file: string): boolean {
  return file === place || file.startsWith(`${place}/`);
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((name) => name.endsWith('.ts'));
}

/** Comments are left out: examples in them import, too. */
function importsOf(from: string): Import[] {
  const source = readFileSync(from, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const statements = source.matchAll(/^(?:import|export)\b([^;'"]*?\bfrom )?'([^']+)'/gm);
  const expressions = source.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g);
  return [
    ...Array.from(statements, ([, clause = '', target = '']) => ({
      from,
      target: resolve(from, target),
      light: clause.trimStart().startsWith('type '),
    })),
    ...Array.from(expressions, ([, target = '']) => ({
      from,
      target: resolve(from, target),
      light: true,
    })),
  ];
}

function resolve(from: string, target: string): string {
  return target.startsWith('.') ? posix.join(posix.dirname(from), target) : `package:${target}`;
}

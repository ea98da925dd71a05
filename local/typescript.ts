import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CeleryError } from '../lib/errors.ts';

/** Packages that this command needs and that are not installed; says how to install them. */
export class MissingPackage extends CeleryError {
  override readonly name = 'MissingPackage';

  constructor(why: string, ...names: readonly string[]) {
    super(`${why} needs what is not installed here. Install it: npm i -D ${names.join(' ')}`);
  }
}

/** The file behind a specifier, as the project in the current folder sees it, else as this package does. */
export function resolvePackage(specifier: string, folder = process.cwd()): string | undefined {
  for (const from of [join(folder, 'package.json'), import.meta.url]) {
    try {
      return createRequire(from).resolve(specifier);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return undefined;
}

/**
 * What Node needs on its command line to run this file: nothing for JavaScript. For TypeScript, tsx where it is
 * installed, since it takes all of TypeScript and any module settings, else Node's own type stripping.
 *
 * @throws MissingPackage on a Node without type stripping, where tsx is missing.
 */
export function nodeArgsFor(file: string): readonly string[] {
  if (!isTypeScript(file)) return [];
  const tsx = resolvePackage('tsx');
  if (tsx !== undefined) return ['--import', pathToFileURL(tsx).href];
  if (stripsTypes()) return [];
  throw new MissingPackage(`Running ${file} on Node ${process.versions.node}`, 'tsx');
}

/** Imports a module of the user's into this process, TypeScript included; as {@link nodeArgsFor} does for a process. */
export async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  const [, loader] = nodeArgsFor(file);
  if (loader !== undefined) await import(loader);
  return await import(pathToFileURL(file).href);
}

/** Node 22.18 and later; the types of Node 20 do not know the feature. */
function stripsTypes(): boolean {
  return 'typescript' in process.features && Boolean(process.features.typescript);
}

function isTypeScript(file: string): boolean {
  return ['.ts', '.mts', '.cts'].includes(extname(file));
}

function isNotFound(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
}

import { fileURLToPath } from 'node:url';

/** A module of this package as a file, by its path without extension: TypeScript in a clone, JavaScript once built. */
export function packagedFile(path: string): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return fileURLToPath(new URL(`../${path}${extension}`, import.meta.url));
}

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How the user starts this command: `npx celery-aws`, or from its sources in a clone. */
export function ownInvocation(): string {
  if (!import.meta.url.endsWith('.ts')) return 'npx celery-aws';
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  return `node --import tsx ${relative(process.cwd(), main)}`;
}

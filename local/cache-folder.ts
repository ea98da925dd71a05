import { homedir } from 'node:os';
import { join } from 'node:path';

/** The user's cache folder for what we install once: `$XDG_CACHE_HOME/celery-aws`, or the platform's usual place. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const usual =
    process.platform === 'darwin'
      ? join(homedir(), 'Library', 'Caches')
      : join(homedir(), '.cache');
  return join(environment.XDG_CACHE_HOME || usual, 'celery-aws');
}

import type { Adapters } from '../ports/index.ts';
import { type ConnectOptions, chooseEngine } from './choose-engine.ts';

export type { ConnectOptions } from './choose-engine.ts';

/**
 * Chooses the engine and gives its adapters: an explicit `engine` or `endpoints`, else `CELERY_ENDPOINTS`, which is JSON,
 * `memory`, or `ssm:/path` for JSON in Systems Manager. Each call makes adapters of its own, for the caller to keep.
 *
 * @throws ImproperlyConfigured when nothing says where the engine is, or what says so cannot be read
 */
export async function connect(options: ConnectOptions): Promise<Adapters> {
  return await chooseEngine(options, {
    aws: () => import('../aws/index.ts'),
    memory: () => import('./in-process.ts'),
  });
}

import { createAwsAdapters, readParameter } from '../aws/index.ts';
import { ImproperlyConfigured } from '../errors.ts';
import type { Adapters } from '../ports/index.ts';
import { type ConnectOptions, chooseEngine } from './choose-engine.ts';

/**
 * `connect` for the bundle of a Lambda worker, which is on AWS and nowhere else. It imports the adapters by `import`:
 * esbuild can leave out what nothing uses of the SDK clients, a sixth of the bundle, only where no `import()` reaches them.
 *
 * @throws ImproperlyConfigured as `connect`, and for the in-process engine
 */
export async function connectInBundle(options: ConnectOptions): Promise<Adapters> {
  return await chooseEngine(options, {
    aws: async () => ({ createAwsAdapters, readParameter }),
    memory: async () => {
      throw new ImproperlyConfigured(
        "A worker's bundle for Lambda holds no in-process engine: take engine: 'memory' or CELERY_ENDPOINTS=memory away, " +
          'or run the tasks unbundled, as celery-aws dev and startTestWorker do.',
      );
    },
  });
}

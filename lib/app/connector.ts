import type { ConnectOptions } from '../connect/index.ts';
import { ImproperlyConfigured } from '../errors.ts';
import type { Adapters } from '../ports/index.ts';

/** How an application comes to its adapters: `connect` of room `connect`, or a stand-in for it. */
export type Connect = (options: ConnectOptions) => Promise<Adapters>;

let given: Connect | undefined;

/** Every application of this process connects through `connect` from now on: for bundles that choose beforehand. */
export function connectThrough(connect: Connect): void {
  given = connect;
}

/**
 * Loaded at first use, so that an import of this package starts no SDK client. `CELERY_AWS_WORKER_BUNDLE` is a constant
 * that a worker's bundler puts in (cdk: `workerBundling`): with it, the `import()` and all that it reaches are left out.
 */
export async function loadConnect(): Promise<Connect> {
  if (given) return given;
  return process.env.CELERY_AWS_WORKER_BUNDLE
    ? notInBundle()
    : (await import('../connect/index.ts')).connect;
}

function notInBundle(): never {
  throw new ImproperlyConfigured(
    'This bundle was made for a worker, and its entry has not called createWorkerHandler(app) before this use of the app. ' +
      'Call it first; or bundle functions that only produce without CELERY_AWS_WORKER_BUNDLE.',
  );
}

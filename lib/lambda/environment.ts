/**
 * Where the application's queues and tables are: one line of JSON (`Endpoints`), `ssm:/path` of a
 * parameter that holds it, or `memory`. Set by `CeleryApp` on its workers and by `grantProduce`.
 */
export const CELERY_ENDPOINTS = 'CELERY_ENDPOINTS';

/**
 * How often a worker may start a task and never be heard of again, before the task ends as
 * `WorkerLostError`: a whole number, 1 or more. Set by `Worker` from its `maxAttempts`; without it: 3.
 */
export const CELERY_MAX_ATTEMPTS = 'CELERY_MAX_ATTEMPTS';

/**
 * A constant rather than a variable: `workerBundling` has esbuild put `true` for `process.env.CELERY_AWS_WORKER_BUNDLE`,
 * and the ways that a worker on Lambda never takes are left out of its bundle.
 */
export const CELERY_AWS_WORKER_BUNDLE = 'CELERY_AWS_WORKER_BUNDLE';

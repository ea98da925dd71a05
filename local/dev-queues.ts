/** Tells `dev-stack.ts` the queues to make: Celery's names, by commas, the default queue first. */
export const devQueuesVariable = 'CELERY_DEV_QUEUES';

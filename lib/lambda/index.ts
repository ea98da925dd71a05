export { CELERY_ENDPOINTS, CELERY_MAX_ATTEMPTS } from './environment.ts';
export type { InvocationContext, SqsBatchResponse, SqsEvent, SqsRecord } from './sqs-event.ts';
export { createWorkerHandler, type WorkerHandler } from './worker-handler.ts';

import { createWorkerHandler, type WorkerHandler } from 'celery-aws/lambda';
import { app } from './worker-tasks.js';

export const handler: WorkerHandler = createWorkerHandler(app);

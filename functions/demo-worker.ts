import { createWorkerHandler, type WorkerHandler } from '../lib/lambda/index.ts';
import { app } from './demo-tasks.ts';

/** Runs the demonstration's tasks on Lambda. */
export const handler: WorkerHandler = createWorkerHandler(app);

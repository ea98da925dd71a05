import { createWorkerHandler } from '../../lib/lambda/index.ts';
import { app } from './tasks.ts';

export const handler = createWorkerHandler(app);

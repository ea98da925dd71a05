import { createWorkerHandler } from '../../lib/lambda/index.ts';
import { app } from './tasks.ts';

app.task('integration.latecomer', { params: ['x'] }, (x: unknown) => x);

export const handler = createWorkerHandler(app);

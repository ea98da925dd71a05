import { Celery } from '../../lib/index.ts';
import { createWorkerHandler, type WorkerHandler } from '../../lib/lambda/index.ts';

const app = new Celery('bench');
app.task('bench.add', (x: number, y: number) => x + y);

export const handler: WorkerHandler = createWorkerHandler(app);

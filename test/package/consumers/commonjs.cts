import { Celery } from 'celery-aws';
import { createWorkerHandler } from 'celery-aws/lambda';

const app = new Celery('consumer');
const add = app.task('consumer.add', (x: number, y: number) => x + y);

async function price(): Promise<number> {
  const result = await add.delay(1, 2);
  return await result.get({ timeout: 10 });
}

// @ts-expect-error a task keeps the types of its function
add.delay('1', 2);

module.exports = { price, handler: createWorkerHandler(app) };

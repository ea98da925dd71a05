import { type BlobStore, Celery, Decimal } from 'celery-aws';
import { createWorkerHandler, type WorkerHandler } from 'celery-aws/lambda';
import { startTestWorker } from 'celery-aws/testing';
import { describeBlobStore } from 'celery-aws/testing/contracts';

const app = new Celery('consumer');
export const add = app.task('consumer.add', (x: number, y: number) => x + y);

export async function price(): Promise<number> {
  const result = await add.delay(1, 2);
  return await result.get({ timeout: 10 });
}

// @ts-expect-error a task keeps the types of its function
add.delay('1', 2);

export const amount: Decimal = new Decimal('3.10');
export const handler: WorkerHandler = createWorkerHandler(app);
export { startTestWorker };

/** The suite of an adapter of this project's own. */
export async function contract(blobs: BlobStore): Promise<void> {
  await describeBlobStore('own', async () => ({ blobs, close: async () => {} }));
}

import { expect, test } from 'vitest';
import { Celery, EncodeError, silentLogger } from '../../lib/index.ts';
import { startTestWorker } from '../../lib/testing/index.ts';

const megabytes = 'x'.repeat(2_000_000);

test('a test worker has a place for large payloads when it is asked for one', async () => {
  const app = new Celery('shop', { logger: silentLogger });
  const echo = app.task('shop.echo', (text: string) => text);
  const t = await startTestWorker(app, { largePayloads: true });

  const result = await echo.delay(megabytes);
  await t.drain();

  expect(await result.get()).toBe(megabytes);
});

test('and else none, as a stack that was not asked for a bucket', async () => {
  const app = new Celery('shop', { logger: silentLogger });
  const echo = app.task('shop.echo', (text: string) => text);
  await startTestWorker(app);

  await expect(echo.delay(megabytes)).rejects.toThrow(EncodeError);
});

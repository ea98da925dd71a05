import { expect, test } from 'vitest';
import { type Logger, silentLogger } from '../../lib/index.ts';
import { FunctionHost } from './function-host.ts';

class OutOfStock extends Error {}
class SoldOut extends OutOfStock {}

/** What a logger heard of the end of a task with `throws: [OutOfStock]` that fails like this. */
async function logOf(error: Error): Promise<readonly (readonly [level: string, text: string])[]> {
  const heard: [string, string][] = [];
  const into = (level: string) => (text: string) => {
    if (text.startsWith('Task failed')) heard.push([level, text]);
  };
  const logger: Logger = { ...silentLogger, info: into('info'), error: into('error') };
  const host = new FunctionHost({ settings: { logger } });
  const task = host.app.task('buy', { throws: [OutOfStock] }, () => {
    throw error;
  });
  const { id } = await task.delay();
  await host.invoke();
  expect(host.document(id)?.status).toBe('FAILURE');
  return heard;
}

test.for([new OutOfStock('gone'), new SoldOut('gone')])(
  'an error that throws names, or one of its kind, fails the task as no error of the worker: %s',
  async (error) => {
    expect(await logOf(error)).toEqual([['info', 'Task failed as expected']]);
  },
);

test('any other error is logged as one', async () => {
  expect(await logOf(new Error('no network'))).toEqual([['error', expect.any(String)]]);
});

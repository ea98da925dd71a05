import { expect, test } from 'vitest';
import { inParallel } from '../../lib/aws/in-parallel.ts';

test('answers stand in the order of the items, whoever is ready first', async () => {
  const answers = await inParallel([30, 1, 15], 3, async (delay) => {
    await new Promise((resolve) => setTimeout(resolve, delay));
    return `${delay}`;
  });

  expect(answers).toEqual(['30', '1', '15']);
});

test('no more than the limit run at once, and all of them do', async () => {
  let [running, most] = [0, 0];

  await inParallel(Array(9).fill(0), 4, async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  });

  expect(most).toBe(4);
});

test('after an error nothing more is started', async () => {
  const started: number[] = [];

  const all = inParallel([1, 2, 3, 4], 1, async (item) => {
    started.push(item);
    if (item === 2) throw new Error('second');
  });

  await expect(all).rejects.toThrow('second');
  expect(started).toEqual([1, 2]);
});

import { describe, expect, test } from 'vitest';
import { chord } from '../../../lib/index.ts';
import { aCanvasHost } from './canvas-host.ts';

describe.for(['compatible', 'native'] as const)('a chord in %s mode', (canvasMode) => {
  const aHost = () => aCanvasHost({ settings: { canvasMode } });

  test('runs its body with the values of its parts in order', async () => {
    const { host, runs, add, xsum } = aHost();

    const result = await chord([add.s(1, 1), add.s(2, 2), add.s(3, 3)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(12);
    expect(runs.at(-1)).toBe('xsum([2,4,6])');
  });

  test('within a chord counts by its body', async () => {
    const { host, add, xsum } = aHost();

    const inner = chord([add.s(1, 1), add.s(2, 2)], xsum.s());
    const result = await chord([inner, add.s(10, 10)], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(await result.get()).toBe(26);
  });
});

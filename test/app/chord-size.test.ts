import { describe, expect, test } from 'vitest';
import { type CeleryOptions, chain, chord, ImproperlyConfigured } from '../../lib/index.ts';
import { anApp } from './support.ts';

function aChordOf(
  parts: number,
  { steps = 1, ...options }: CeleryOptions & { steps?: number } = {},
) {
  const on = anApp(options);
  const add = on.app.task('add', (x: number, y: number) => x + y);
  const xsum = on.app.task('xsum', (numbers: readonly number[]) => numbers.length);
  const part = () =>
    steps === 1
      ? add.s(1, 1)
      : chain(add.s(1, 1), ...Array.from({ length: steps - 1 }, () => add.s(1)));
  return { ...on, canvas: chord(Array.from({ length: parts }, part), xsum.s()) };
}

describe('a chord that its records cannot hold', () => {
  test('is refused by its producer, which names the way out; nothing is sent', async () => {
    const { canvas, sent } = aChordOf(5001);

    const sending = canvas.applyAsync();

    await expect(sending).rejects.toThrow(ImproperlyConfigured);
    await expect(sending).rejects.toThrow(/5001 parts .* 5000 .*task\.chunks\(items, size\)/s);
    expect(sent()).toEqual([]);
  });

  test('has fewer parts where each brings the results of its earlier steps', async () => {
    const { canvas } = aChordOf(100, { steps: 100 });

    await expect(canvas.applyAsync()).rejects.toThrow(/^Chord \S+ has 100 parts/);
  });

  test.for(['compatible', 'native'] as const)(
    'may have chains of a thousand steps in its header: the first of them are left out of its records (%s)',
    async (canvasMode) => {
      const { canvas, sent, app } = aChordOf(2, { steps: 1000, canvasMode });

      const { parent: header } = await canvas.applyAsync();

      expect(sent()).toHaveLength(2);
      const { chords, nativeCanvas } = await app.adapters();
      const records = {
        compatible: (groupId: string) => chords.read(groupId),
        native: (groupId: string) => nativeCanvas.readChord(groupId),
      };
      const members = (await records[canvasMode](header?.id ?? ''))?.members;
      expect(members).toHaveLength(2);
      expect(JSON.stringify(members).match(/"/g)).toHaveLength(2 * 2 * 250);
    },
  );

  test('is sent when they can', async () => {
    const { canvas, sent } = aChordOf(20, { steps: 10 });

    await canvas.applyAsync();

    expect(sent()).toHaveLength(20);
  });
});

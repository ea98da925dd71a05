import { describe, expect, test } from 'vitest';
import { liveLines } from '../../local/live-lines.ts';

function terminal(properties: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  return { ...properties, written, write: (text: string) => written.push(text) };
}

describe('liveLines', () => {
  test('on a terminal, writes over the lines shown before', () => {
    const stream = terminal({ isTTY: true });
    const live = liveLines(stream);

    live.show(['a', 'b'], 'first');
    live.show(['c', 'd'], 'second');

    expect(stream.written).toEqual([
      '\u001b[2Ka\n\u001b[2Kb\n',
      '\u001b[2A\u001b[2Kc\n\u001b[2Kd\n',
    ]);
  });

  test('a line never wraps, since a wrapped one could not be found again', () => {
    const stream = terminal({ isTTY: true, columns: 5 });

    liveLines(stream).show(['abcdefgh'], 'change');

    expect(stream.written).toEqual(['\u001b[2Kabcd\n']);
  });

  test('in a file or a pipe, each change is a line', () => {
    const stream = terminal({});
    const live = liveLines(stream);

    live.show(['a', 'b'], 'first');
    live.show(['c', 'd'], 'second');

    expect(stream.written).toEqual(['first\n', 'second\n']);
  });
});

import { describe, expect, test } from 'vitest';
import { chordSizes, maxChordSize, partAttribute } from '../../lib/protocol/chord-parts.ts';
import {
  encodeGroupDocument,
  groupResultTuple,
  type ResultTuple,
  taskResultTuple,
} from '../../lib/protocol/index.ts';

const uuid = '8e63b382-7811-475a-a071-1a9dce039ff5';
const largestItemBytes = 400 * 1024;

describe('the largest chord', () => {
  test('has a counter that fits its item many times over', () => {
    const bytes = maxChordSize() * (partAttribute(uuid).length + 3);

    expect(maxChordSize()).toBe(5000);
    expect(bytes).toBeLessThan(largestItemBytes / 4);
  });

  test.for([
    ['single tasks', taskResultTuple(uuid)],
    [
      'chains of four',
      taskResultTuple(uuid, taskResultTuple(uuid, taskResultTuple(uuid, taskResultTuple(uuid)))),
    ],
  ] as const)('of %s has a saved group that fits its item', ([, member]) => {
    const memberBytes = JSON.stringify(member).length + 1;
    const members = Array.from({ length: maxChordSize(memberBytes) }, () => member);

    const document = encodeGroupDocument(groupResultTuple(uuid, members));

    expect(document.byteLength).toBeLessThan(largestItemBytes);
  });

  test('is smaller where the saved group would not fit otherwise', () => {
    expect(maxChordSize(406)).toBe(1000);
  });
});

describe('the size of a chord', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((id) => taskResultTuple(id)) as [
    ResultTuple,
    ResultTuple,
    ResultTuple,
  ];

  test('counts the members of groups, which Python takes for one', () => {
    expect(chordSizes([groupResultTuple('g', [a, b]), c])).toEqual({ size: 3, listed: 2 });
  });

  test('is that of the list where a part is listed twice, and each part may be the last', () => {
    expect(chordSizes([a, b, a])).toEqual({ size: 3, listed: 1 });
  });
});

test('the attribute of a part has one length, whatever its id, and no two ids share one', () => {
  const ids = ['', 'a', 'b', uuid, 'x'.repeat(2000), 'grün 🥬'];
  const names = ids.map(partAttribute);

  expect(new Set(names).size).toBe(ids.length);
  expect(new Set(names.map((name) => name.length))).toEqual(new Set([13]));
});

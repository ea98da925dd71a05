import { expect, test } from 'vitest';
import { textTable } from '../../local/text-table.ts';

test('columns are as wide as their widest cell, and nothing trails', () => {
  const rows = [
    ['task', 'state'],
    ['demo.add', 'SUCCESS'],
    ['x', ''],
  ];

  expect(textTable(rows)).toEqual([
    'task      state', //
    '--------  -------',
    'demo.add  SUCCESS',
    'x',
  ]);
});

import { expect, test } from 'vitest';
import { isRecentEnough } from '../../local/python.ts';

test.for([
  ['2.7', false],
  ['3.9', false],
  ['3.10', false],
  ['3.11', true],
  ['3.14', true],
  ['4.0', true],
] as const)('Python %s is recent enough: %s', ([version, expected]) => {
  expect(isRecentEnough(version)).toBe(expected);
});

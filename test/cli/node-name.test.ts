import { expect, test } from 'vitest';
import { nodeName } from '../../cli/node-name.ts';

test.for([
  ['mail@%h', 'mail@one.example.com'],
  ['mail@%n', 'mail@one'],
  ['%n@%d', 'one@example.com'],
  ['mail@', 'mail@one.example.com'],
  ['other', 'celery@other'],
])('a worker of the name %s is %s', ([format = '', name]) => {
  expect(nodeName(format, 'one.example.com')).toBe(name);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fitToQueue,
  maxBatchEntries,
  maxMessageBytes,
  messageBytes,
  packBatches,
} from '../../lib/protocol/sqs-limits.ts';
import { refusalOf } from '../../lib/protocol/sqs-refusal.ts';

const newId = () => 'new id';

describe('messageBytes', () => {
  test('counts UTF-8 bytes of the body, and name, type and value of each attribute', () => {
    expect(messageBytes({ body: 'ü🥬' })).toBe(6);
    expect(messageBytes({ body: 'x', attributes: { who: 'mé' } })).toBe(1 + 3 + 6 + 3);
  });
});

describe('packBatches', () => {
  const aMessage = fc
    .integer({ min: 1, max: maxMessageBytes })
    .map((size) => ({ body: 'x'.repeat(size) }));

  test('keeps the order, and no request exceeds what SQS takes', () => {
    fc.assert(
      fc.property(fc.array(aMessage, { maxLength: 40 }), (messages) => {
        const batches = packBatches(messages);

        expect(batches.flat()).toEqual(messages);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(maxBatchEntries);
          const bytes = batch.reduce((sum, message) => sum + messageBytes(message), 0);
          expect(bytes).toBeLessThanOrEqual(maxMessageBytes);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('fills requests: a next one begins only when the one before is full', () => {
    const halves = Array.from({ length: 4 }, () => ({ body: 'x'.repeat(maxMessageBytes / 2) }));

    expect(packBatches(halves).map((batch) => batch.length)).toEqual([2, 2]);
    expect(packBatches(Array(11).fill({ body: 'x' })).map((batch) => batch.length)).toEqual([
      10, 1,
    ]);
    expect(packBatches([])).toEqual([]);
  });
});

describe('fitToQueue', () => {
  test('gives a FIFO message the group and the id that kombu gives', () => {
    expect(fitToQueue({ body: 'x' }, true, newId)).toEqual({
      body: 'x',
      groupId: 'default',
      deduplicationId: 'new id',
    });
  });

  test("keeps a FIFO message's own group and id, drops a delay of zero and keeps any other", () => {
    const message = { body: 'x', groupId: 'g', deduplicationId: 'd' };

    expect(fitToQueue({ ...message, delaySeconds: 0 }, true, newId)).toEqual(message);
    expect(fitToQueue({ ...message, delaySeconds: 5 }, true, newId).delaySeconds).toBe(5);
  });

  test('leaves a standard message alone but for its deduplication id', () => {
    const message = { body: 'x', groupId: 'g', delaySeconds: 0 };

    expect(fitToQueue({ ...message, deduplicationId: 'd' }, false, newId)).toEqual(message);
    expect(fitToQueue(message, false, newId)).toBe(message);
  });
});

describe('refusalOf', () => {
  const body = 'x';
  const fifo = { body, groupId: 'g', deduplicationId: 'd' };

  test.for([
    { body: 'tab\t, line\n, return\r, ünïcode, 🥬, \ufffd' },
    { body, delaySeconds: 900, groupId: 'g' },
    { body, attributes: { 'a.b-c_d': 'x' } },
    { body: 'x'.repeat(maxMessageBytes) },
  ])('a standard queue takes message %#', (message) => {
    expect(refusalOf(message, false)).toBeUndefined();
  });

  test('a FIFO queue takes a message with a group and an id', () => {
    expect(refusalOf(fifo, true)).toBeUndefined();
  });

  test.for([
    ['an empty body', { body: '' }, 'MissingParameter'],
    ['NUL', { body: '\u0000' }, 'InvalidMessageContents'],
    ['U+FFFF', { body: '\uffff' }, 'InvalidMessageContents'],
    ['a lone surrogate', { body: '\ud800' }, 'InvalidMessageContents'],
    ['a byte too many', { body: 'x'.repeat(maxMessageBytes + 1) }, 'are 1048577 bytes'],
    [
      'a byte too many by attributes',
      { body: 'x'.repeat(maxMessageBytes - 7), attributes: { a: 'b' } },
      'are 1048577',
    ],
    ['a delay too long', { body, delaySeconds: 901 }, 'DelaySeconds 901'],
    ['a delay in the past', { body, delaySeconds: -1 }, 'DelaySeconds -1'],
    ['half a second', { body, delaySeconds: 0.5 }, 'DelaySeconds 0.5'],
    [
      'eleven attributes',
      { body, attributes: Object.fromEntries(Array.from('abcdefghijk', (a) => [a, a])) },
      '11 attributes',
    ],
    ['an attribute without text', { body, attributes: { a: '' } }, "'a' is empty"],
    [
      'an attribute with NUL',
      { body, attributes: { a: '\u0000' } },
      "attribute 'a' has characters",
    ],
    ['an attribute name with a space', { body, attributes: { 'a b': 'x' } }, "name 'a b'"],
    ["an attribute name of Amazon's", { body, attributes: { 'AWS.x': 'x' } }, "name 'AWS.x'"],
    ['a deduplication id', { body, deduplicationId: 'd' }, 'no parameter of a standard queue'],
    ['a group with a space', { body, groupId: 'a b' }, "'a b', expected"],
  ] as const)('a standard queue refuses %s', ([, message, reason]) => {
    expect(refusalOf(message, false)).toContain(reason);
  });

  test.for([
    ['no group', { body, deduplicationId: 'd' }, 'MessageGroupId'],
    ['no deduplication id', { body, groupId: 'g' }, 'MessageDeduplicationId'],
    ['a delay', { ...fifo, delaySeconds: 0 }, 'no parameter of a FIFO queue'],
    ['a group too long', { ...fifo, groupId: 'g'.repeat(129) }, 'expected 1 to 128'],
  ] as const)('a FIFO queue refuses %s', ([, message, reason]) => {
    expect(refusalOf(message, true)).toContain(reason);
  });
});

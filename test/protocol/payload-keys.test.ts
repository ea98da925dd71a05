import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPayloadKey, payloadLifetimes, placePayload } from '../../lib/protocol/index.ts';

const day = 86_400;
const kinds = ['arguments', 'results'] as const;

describe('placePayload', () => {
  test('always lasts for as long as it is needed, by the shortest lifetime that does', () => {
    const seconds = fc.double({ min: 0, max: 5e9, noNaN: true });
    fc.assert(
      fc.property(seconds, fc.double({ min: 0, max: 6000 * day, noNaN: true }), (now, span) => {
        const { key, until } = placePayload('results', now + span, now, 'uuid');

        if (until === null) {
          expect(span).toBeGreaterThan(4000 * day - 2);
          expect(key).toBe('results/kept/uuid');
          return;
        }
        expect(until).toBeGreaterThanOrEqual(now + span);
        const days = Math.round((until - now) / day);
        const shorter = payloadLifetimes.filter((lifetime) => lifetime < days).at(-1) ?? 0;
        expect(Math.floor(now) + shorter * day).toBeLessThan(now + span + 1e-3);
        expect(key).toBe(`results/${days}d/uuid`);
      }),
    );
  });

  test('keeps for ever what is needed for ever', () => {
    expect(placePayload('arguments', null, 0, 'uuid')).toEqual({
      key: 'arguments/kept/uuid',
      until: null,
    });
  });
});

describe('isPayloadKey', () => {
  test('knows every key that placePayload makes, as its own kind alone', () => {
    for (const kind of kinds) {
      for (const days of [...payloadLifetimes, null]) {
        const needed = days === null ? null : days * day;
        const { key } = placePayload(kind, needed, 0, '123e4567-e89b-42d3-a456-426614174000');

        expect(kinds.filter((one) => isPayloadKey(one, key))).toEqual([kind]);
      }
    }
  });

  test.for([
    'arguments/35d/',
    'arguments/35d/a/b',
    'arguments/../results/2d/a',
    'arguments/35d/..',
    'arguments/35d/a?versionId=1',
    'arguments/35d/a\n',
    'arguments//a',
    'arguments/35d/%2e%2e',
    '/arguments/35d/a',
    '',
  ])('refuses %j', (key) => {
    expect(isPayloadKey('arguments', key)).toBe(false);
  });
});

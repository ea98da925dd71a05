import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planParking } from '../../../lib/worker/starting/plan-parking.ts';

const now = Date.UTC(2026, 0, 1);
const day = 86_400;

function plan(seconds: number, { fifo = false, schedulable = true } = {}) {
  return planParking({ eta: now + seconds * 1000, now, fifo, schedulable, maxDelaySeconds: 900 });
}

describe('a message of a standard queue', () => {
  test.for([
    ['0.2 s', 0.2, { kind: 'delay', delaySeconds: 1 }],
    ['15 minutes', 900, { kind: 'delay', delaySeconds: 900 }],
    ['a second more', 901, { kind: 'schedule', fireAt: now + 781_000 }],
    ['a day', day, { kind: 'schedule', fireAt: now + (day - 120) * 1000 }],
    ['a year', 365 * day, { kind: 'schedule', fireAt: now + 7 * day * 1000 }],
  ] as const)('waits %s', ([, seconds, parking]) => {
    expect(plan(seconds)).toEqual(parking);
  });

  test('hops from delay to delay where there are no schedules, or it fits none', () => {
    expect(plan(day, { schedulable: false })).toEqual({ kind: 'delay', delaySeconds: 900 });
  });
});

describe('a message of a FIFO queue', () => {
  test.for([
    ['a minute, held', 60, { kind: 'hold', delaySeconds: 60 }],
    ['longer, by a schedule that is on time', 61, { kind: 'schedule', fireAt: now + 61_000 }],
    ['for years, a week at a time', 900 * day, { kind: 'schedule', fireAt: now + 7 * day * 1000 }],
  ] as const)('waits %s', ([, seconds, parking]) => {
    expect(plan(seconds, { fifo: true })).toEqual(parking);
  });

  test('is held for up to 12 hours where there are no schedules', () => {
    expect(plan(2 * day, { fifo: true, schedulable: false })).toEqual({
      kind: 'hold',
      delaySeconds: 43_200,
    });
  });
});

test('no plan brings a message home after its eta, but for the rest of a second, or waits over a week', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1e8, noNaN: true }), fc.boolean(), (seconds, fifo) => {
      const parking = plan(seconds, { fifo });
      const home = parking.kind === 'schedule' ? parking.fireAt : now + parking.delaySeconds * 1000;
      expect(home).toBeLessThan(now + seconds * 1000 + 1000);
      expect(home).toBeLessThanOrEqual(now + 7 * day * 1000);
      expect(home).toBeGreaterThan(now);
    }),
  );
});

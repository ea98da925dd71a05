import { randomUUID } from 'node:crypto';
import type { RateClockKey, RateClocks, SlotRequest } from '../../ports/index.ts';
import { rateWindow } from '../../protocol/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** A state table for one test, or shared by tests that use names of their own. */
export interface RateClocksFixture extends Fixture {
  readonly rateClocks: RateClocks;
  /** Milliseconds since the epoch, by the clock that the rate clocks use. */
  now(): number;
}

/**
 * The contract of `RateClocks` as a suite of vitest. An adapter is finished when it is green.
 *
 * @example await describeRateClocks('my clocks', async () => ({ rateClocks, now, close }));
 */
export async function describeRateClocks(
  name: string,
  create: () => Promise<RateClocksFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);

  describe(`${name}: slots of rate-limited tasks`, () => {
    test(
      'a clock that nobody used begins with the window of now',
      on(async ({ rateClocks, now }) => {
        const before = now();
        const [slot] = await take(rateClocks, aKey(), '10/m');

        expect(slot?.from).toBeLessThanOrEqual(now());
        expect(slot?.until).toBeGreaterThan(before);
        expect(Number(slot?.until) - Number(slot?.from)).toBe(6000);
      }),
    );

    test(
      'slots follow each other, within a request and from one to the next',
      on(async ({ rateClocks }) => {
        const key = aKey();

        const slots = [
          ...(await take(rateClocks, key, '10/m', { count: 3 })),
          ...(await take(rateClocks, key, '10/m')),
        ];

        const first = Number(slots[0]?.from);
        expect(slots.map(({ from }) => from - first)).toEqual([0, 6000, 12_000, 18_000]);
        expect(slots.slice(1).map(({ from }) => from)).toEqual(
          slots.slice(0, -1).map(({ until }) => until),
        );
      }),
    );

    test(
      'many takers at once get no more slots of a window than it has',
      on(async ({ rateClocks }) => {
        const key = aKey();

        const slots = await Promise.all(
          Array.from({ length: 6 }, () => take(rateClocks, key, '5/s', { count: 4 })),
        );

        const perWindow = new Map<number, number>();
        for (const { from } of slots.flat()) perWindow.set(from, (perWindow.get(from) ?? 0) + 1);
        expect(slots.flat()).toHaveLength(24);
        expect(Math.max(...perWindow.values())).toBe(5);
      }),
    );

    test(
      'keys and tasks have clocks of their own',
      on(async ({ rateClocks }) => {
        const key = aKey();
        await take(rateClocks, key, '1/h', { count: 5 });

        const [otherKey] = await take(rateClocks, { ...key, key: 'other' }, '1/h');
        const [otherTask] = await take(rateClocks, aKey(), '1/h');
        const [same] = await take(rateClocks, key, '1/h');

        expect(otherKey?.from).toBe(otherTask?.from);
        expect(Number(same?.from)).toBeGreaterThan(Number(otherKey?.from));
      }),
    );

    test(
      'a later version leaves the old slots behind, two seconds from now at the earliest',
      on(async ({ rateClocks, now }) => {
        const key = aKey();
        await take(rateClocks, key, '1/h', { count: 100 });
        const before = now();

        const [slot, next] = await take(rateClocks, key, '1/s', { version: 7, count: 2 });

        expect(slot?.version).toBe(7);
        expect(Number(slot?.from)).toBeGreaterThanOrEqual(before + 2000);
        expect(Number(slot?.from)).toBeLessThan(now() + 3001);
        expect(next?.from).toBe(slot?.until);
      }),
    );

    test(
      'who goes by an older version is told so',
      on(async ({ rateClocks }) => {
        const key = aKey();
        await take(rateClocks, key, '1/s', { version: 7 });

        const stale = await rateClocks.take(key, aRequest('1/h', { version: 6 }));
        const current = await rateClocks.take(key, aRequest('1/s', { version: 7 }));

        expect(stale).toBeUndefined();
        expect(current).toHaveLength(1);
      }),
    );

    test(
      'the rate that was set last counts, in whatever order they arrive',
      on(async ({ rateClocks }) => {
        const { task } = aKey();
        const before = await rateClocks.change(task);

        await rateClocks.setChange(task, { rateLimit: '5/s', version: 20 });
        await rateClocks.setChange(task, { rateLimit: '1/s', version: 10 });
        const later = await rateClocks.change(task);
        await rateClocks.setChange(task, { rateLimit: null, version: 30 });

        expect(before).toBeUndefined();
        expect(later).toEqual({ rateLimit: '5/s', version: 20 });
        expect(await rateClocks.change(task)).toEqual({ rateLimit: null, version: 30 });
      }),
    );
  });
}

async function take(
  clocks: RateClocks,
  key: RateClockKey,
  rate: string,
  fields: Partial<SlotRequest> = {},
) {
  return (await clocks.take(key, aRequest(rate, fields))) ?? [];
}

function aKey(): RateClockKey {
  return { task: `task-${randomUUID()}`, key: '' };
}

function aRequest(rate: string, fields: Partial<SlotRequest> = {}): SlotRequest {
  const window = rateWindow(rate);
  if (!window) throw new RangeError(`expected a rate, got ${rate}`);
  return { window, version: 0, count: 1, ...fields };
}

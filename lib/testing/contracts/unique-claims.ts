import { randomUUID } from 'node:crypto';
import type { UniqueClaim, UniqueClaims, UniqueKey } from '../../ports/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** A state table for one test, or shared by tests that use keys of their own. */
export interface UniqueClaimsFixture extends Fixture {
  readonly uniqueClaims: UniqueClaims;
  /** Milliseconds since the epoch, by the clock that the claims use. */
  now(): number;
}

/**
 * The contract of `UniqueClaims` as a suite of vitest. An adapter is finished when it is green.
 *
 * @example await describeUniqueClaims('my claims', async () => ({ uniqueClaims, now, close }));
 */
export async function describeUniqueClaims(
  name: string,
  create: () => Promise<UniqueClaimsFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);

  describe(`${name}: calls that are sent once`, () => {
    test(
      'of many callers at once, one sends, and all hear of its task',
      on(async ({ uniqueClaims, now }) => {
        const key = aKey();

        const outcomes = await Promise.all(
          Array.from({ length: 8 }, () => uniqueClaims.claim(key, aClaim(now))),
        );

        expect(outcomes.filter(({ send }) => send)).toHaveLength(1);
        expect(new Set(outcomes.map(({ taskId }) => taskId)).size).toBe(1);
      }),
    );

    test(
      'who repeats a claim that is not sent sends, and not once it is',
      on(async ({ uniqueClaims, now }) => {
        const [key, claim] = [aKey(), aClaim(now)];
        await uniqueClaims.claim(key, claim);

        const again = await uniqueClaims.claim(key, claim);
        await uniqueClaims.markSent(key, claim.taskId);
        const afterwards = await uniqueClaims.claim(key, claim);

        expect(again).toEqual({ taskId: claim.taskId, send: true });
        expect(afterwards).toEqual({ taskId: claim.taskId, send: false });
      }),
    );

    test(
      'a claim that was given up is completed under its id by the next caller; one that was sent is not',
      on(async ({ uniqueClaims, now }) => {
        const [key, claim] = [aKey(), aClaim(now)];
        await uniqueClaims.claim(key, claim);

        await uniqueClaims.giveUp(key, claim.taskId);
        const next = await uniqueClaims.claim(key, aClaim(now));
        await uniqueClaims.markSent(key, claim.taskId);
        const later = await uniqueClaims.claim(key, aClaim(now));

        expect(next).toEqual({ taskId: claim.taskId, send: true });
        expect(later).toEqual({ taskId: claim.taskId, send: false });
      }),
    );

    test(
      'keys and tasks do not share claims',
      on(async ({ uniqueClaims, now }) => {
        const key = aKey();
        await uniqueClaims.claim(key, aClaim(now));

        const outcomes = [
          await uniqueClaims.claim({ ...key, key: 'other' }, aClaim(now)),
          await uniqueClaims.claim({ ...key, task: 'other' }, aClaim(now)),
        ];

        expect(outcomes.map(({ send }) => send)).toEqual([true, true]);
      }),
    );

    test(
      'a claim past its time is absent, and its late marks change nothing',
      on(async ({ uniqueClaims, now }) => {
        const [key, old, fresh] = [aKey(), aClaim(now, -10), aClaim(now)];
        await uniqueClaims.claim(key, old);
        await uniqueClaims.markSent(key, old.taskId);

        const next = await uniqueClaims.claim(key, fresh);
        await uniqueClaims.giveUp(key, old.taskId);
        await uniqueClaims.markSent(key, old.taskId);
        const other = await uniqueClaims.claim(key, aClaim(now));
        const again = await uniqueClaims.claim(key, fresh);

        expect(next).toEqual({ taskId: fresh.taskId, send: true });
        expect(other).toEqual({ taskId: fresh.taskId, send: false });
        expect(again).toEqual({ taskId: fresh.taskId, send: true });
      }),
    );
  });
}

function aKey(): UniqueKey {
  return { task: 'shop.report', key: randomUUID() };
}

function aClaim(now: () => number, seconds = 3600): UniqueClaim {
  return { taskId: randomUUID(), expiresAt: Math.floor(now() / 1000) + seconds };
}

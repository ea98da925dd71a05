import { randomUUID } from 'node:crypto';
import type { StartKey, StartMark, StartMarks } from '../../ports/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** A state table for one test, or shared by tests that use ids of their own. */
export interface StartMarksFixture extends Fixture {
  readonly startMarks: StartMarks;
  /** Milliseconds since the epoch, by the clock that the marks use. */
  now(): number;
}

/**
 * The contract of `StartMarks` as a suite of vitest. An adapter is finished when it is green.
 *
 * @example await describeStartMarks('my marks', async () => ({ startMarks, now, close }));
 */
export async function describeStartMarks(
  name: string,
  create: () => Promise<StartMarksFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);

  describe(`${name}: starts that were not heard of since`, () => {
    test(
      'each start counts once, whoever repeats it',
      on(async ({ startMarks, now }) => {
        const key = aKey();

        const first = await startMarks.mark(key, aMark(now, { token: 'a' }));
        const again = await startMarks.mark(key, aMark(now, { token: 'a' }));
        const second = await startMarks.mark(key, aMark(now, { token: 'b' }));

        expect([first, again, second]).toEqual([
          { kind: 'marked', starts: 1 },
          { kind: 'marked', starts: 1 },
          { kind: 'marked', starts: 2 },
        ]);
      }),
    );

    test(
      'who comes after the last allowed start is told how long the others may run',
      on(async ({ startMarks, now }) => {
        const key = aKey();
        await startMarks.mark(key, aMark(now, { token: 'a', deadline: 5_000, limit: 2 }));
        await startMarks.mark(key, aMark(now, { token: 'b', deadline: 3_000, limit: 2 }));

        const third = await startMarks.mark(
          key,
          aMark(now, { token: 'c', deadline: 9_000, limit: 2 }),
        );
        const fourth = await startMarks.mark(key, aMark(now, { token: 'd', limit: 2 }));

        expect(third).toEqual({ kind: 'exhausted', starts: 2, until: 5_000 });
        expect(fourth).toEqual(third);
      }),
    );

    test(
      'a start on record may be marked again though the limit is reached',
      on(async ({ startMarks, now }) => {
        const key = aKey();
        await startMarks.mark(key, aMark(now, { token: 'a', limit: 1 }));

        const again = await startMarks.mark(key, aMark(now, { token: 'a', limit: 1 }));

        expect(again).toEqual({ kind: 'marked', starts: 1 });
      }),
    );

    test(
      'a start taken back makes room, and its deadline counts no more',
      on(async ({ startMarks, now }) => {
        const key = aKey();
        await startMarks.mark(key, aMark(now, { token: 'a', deadline: 9_000, limit: 1 }));

        await startMarks.unmark(key, 'a');
        const next = await startMarks.mark(
          key,
          aMark(now, { token: 'b', deadline: 2_000, limit: 1 }),
        );
        const refused = await startMarks.mark(key, aMark(now, { token: 'c', limit: 1 }));

        expect(next).toEqual({ kind: 'marked', starts: 1 });
        expect(refused).toEqual({ kind: 'exhausted', starts: 1, until: 2_000 });
      }),
    );

    test(
      'taking back what was never marked, or is taken back already, says nothing and marks nothing',
      on(async ({ startMarks, now }) => {
        const key = aKey();

        await startMarks.unmark(key, 'nobody');
        await startMarks.mark(key, aMark(now, { token: 'a' }));
        await startMarks.unmark(key, 'nobody');
        const second = await startMarks.mark(key, aMark(now, { token: 'b' }));

        expect(second).toEqual({ kind: 'marked', starts: 2 });
      }),
    );

    test(
      'after an end nothing starts, not even who is on record',
      on(async ({ startMarks, now }) => {
        const key = aKey();
        await startMarks.mark(key, aMark(now, { token: 'a' }));

        await startMarks.end(key, later(now));

        expect(await startMarks.mark(key, aMark(now, { token: 'a' }))).toEqual({ kind: 'ended' });
        expect(await startMarks.mark(key, aMark(now, { token: 'b' }))).toEqual({ kind: 'ended' });
      }),
    );

    test(
      'an end needs no start',
      on(async ({ startMarks, now }) => {
        const key = aKey();

        await startMarks.end(key, later(now));

        expect(await startMarks.mark(key, aMark(now))).toEqual({ kind: 'ended' });
      }),
    );

    test.for([
      ['attempt', { attempt: 1 }],
      ['life', { generation: 1 }],
      ['task', { taskId: randomUUID() }],
    ] as const)('another %s has starts of its own', ([, difference]) =>
      on(async ({ startMarks, now }) => {
        const key = aKey();
        await startMarks.mark(key, aMark(now, { limit: 1 }));
        await startMarks.end(key, later(now));

        const other = await startMarks.mark({ ...key, ...difference }, aMark(now, { limit: 1 }));

        expect(other).toEqual({ kind: 'marked', starts: 1 });
      })(),
    );

    test(
      'of many that start at once no more than the limit do',
      on(async ({ startMarks, now }) => {
        const key = aKey();
        const tokens = Array.from({ length: 10 }, () => randomUUID());

        const outcomes = await Promise.all(
          tokens.map((token) => startMarks.mark(key, aMark(now, { token, limit: 3 }))),
        );

        const counts = outcomes.flatMap((outcome) =>
          outcome.kind === 'marked' ? [outcome.starts] : [],
        );
        expect(counts.sort()).toEqual([1, 2, 3]);
        expect(outcomes.filter(({ kind }) => kind === 'exhausted').length).toBe(7);
      }),
    );

    test(
      'a record past its ttl is absent: neither its starts nor its end count',
      on(async ({ startMarks, now }) => {
        const [crowded, ended] = [aKey(), aKey()];
        const past = Math.floor(now() / 1000) - 10;
        await startMarks.mark(
          crowded,
          aMark(now, { token: 'old', limit: 1, deadline: 9_000, expiresAt: past }),
        );
        await startMarks.end(ended, past);

        const fresh = await startMarks.mark(
          crowded,
          aMark(now, { token: 'new', limit: 1, deadline: 1_000 }),
        );
        const afterEnd = await startMarks.mark(ended, aMark(now));
        const refused = await startMarks.mark(crowded, aMark(now, { token: 'third', limit: 1 }));

        expect(fresh).toEqual({ kind: 'marked', starts: 1 });
        expect(afterEnd).toEqual({ kind: 'marked', starts: 1 });
        expect(refused).toEqual({ kind: 'exhausted', starts: 1, until: 1_000 });
      }),
    );
  });
}

function aKey(): StartKey {
  return { taskId: randomUUID(), attempt: 0, generation: 0 };
}

function aMark(now: () => number, fields: Partial<StartMark> = {}): StartMark {
  return { token: randomUUID(), deadline: 60_000, limit: 3, expiresAt: later(now), ...fields };
}

function later(now: () => number): number {
  return Math.ceil(now() / 1000) + 3600;
}

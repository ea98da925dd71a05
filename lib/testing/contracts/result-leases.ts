import { randomUUID } from 'node:crypto';
import type { Lease, LeaseWrite, ResultWrite } from '../../ports/index.ts';
import {
  aWrite,
  following,
  type ResultBackendFixture,
  readOne,
  text,
} from './result-backend-fixture.ts';
import { withFixture } from './with-fixture.ts';

/** The part of the contract of `ResultBackend` that is about leases on tasks. */
export async function describeResultLeases(
  name: string,
  create: () => Promise<ResultBackendFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);

  describe(`${name}: leases`, () => {
    test(
      'a free task is taken, and its state read beside the lease',
      on(async ({ results, now }) => {
        const taken = aTake({ lease: aLease(now) });

        expect(await results.store(taken)).toEqual({ stored: true });
        expect((await readOne(results, taken.taskId))?.own).toMatchObject({
          status: 'STARTED',
          lease: { ...taken.lease.lease, ended: false },
        });
      }),
    );

    test(
      'a take whose answer was lost meets itself',
      on(async ({ results, now }) => {
        const taken = aTake({ lease: aLease(now) });
        await results.store(taken);

        expect(await results.store(taken)).toEqual({ stored: true });
      }),
    );

    test.for<[string, (taskId: string, now: () => number) => ResultWrite]>([
      ['another take', (taskId, now) => aTake({ taskId, lease: aLease(now), seenEpoch: 1 })],
      ['a final state by who knows of no lease', (taskId) => aWrite({ taskId, status: 'REVOKED' })],
      [
        "another owner's state in between",
        (taskId, now) => aWrite({ taskId, lease: { kind: 'keep', lease: aLease(now) } }),
      ],
      [
        "another owner's end",
        (taskId) =>
          aWrite({ taskId, status: 'SUCCESS', lease: { kind: 'drop', owner: 'another' } }),
      ],
    ])('a live lease refuses %s, saying whose it is and until when', ([, write]) =>
      on(async ({ results, now }) => {
        const taken = aTake({ lease: aLease(now) });
        await results.store(taken);

        const outcome = await results.store(write(taken.taskId, now));

        expect(outcome).toMatchObject({
          stored: false,
          current: { own: { status: 'STARTED', lease: taken.lease.lease } },
        });
      })(),
    );

    test(
      'a lease past its end is taken over by who has read it, once',
      on(async ({ results, now }) => {
        const first = aTake({ lease: { ...aLease(now), until: now() - 10 } });
        await results.store(first);
        const { taskId } = first;
        const lease = { ...aLease(now), epoch: 2 };

        const stale = await results.store(aTake({ taskId, lease, seenEpoch: undefined }));
        const taken = await results.store(aTake({ taskId, lease, seenEpoch: 1 }));
        const second = await results.store(aTake({ taskId, lease: aLease(now), seenEpoch: 1 }));

        expect([stale.stored, taken.stored, second.stored]).toEqual([false, true, false]);
        expect((await readOne(results, taskId))?.own?.lease).toMatchObject(lease);
      }),
    );

    test(
      'a lease past its end does not keep others from storing a state, which drops it',
      on(async ({ results, now }) => {
        const taken = aTake({ lease: { ...aLease(now), until: now() - 10 } });
        await results.store(taken);

        const outcome = await results.store(following(taken, { status: 'REVOKED' }));

        expect(outcome).toEqual({ stored: true });
        expect((await readOne(results, taken.taskId))?.own).toMatchObject({
          status: 'REVOKED',
          lease: undefined,
        });
      }),
    );

    test(
      'its owner stores states in between and keeps it, extended meanwhile',
      on(async ({ results, now }) => {
        const taken = aTake({ lease: aLease(now) });
        await results.store(taken);
        const { taskId } = taken;
        const { owner } = taken.lease.lease;
        const to = { owner, epoch: 1, until: now() + 300_000, ended: false };
        await results.changeLease({ taskId, owner, to, expiresAt: undefined });

        const outcome = await results.store(
          following(taken, { status: 'PROGRESS', lease: { ...taken.lease, kind: 'keep' } }),
        );

        expect(outcome).toEqual({ stored: true });
        expect((await readOne(results, taskId))?.own).toMatchObject({
          status: 'PROGRESS',
          lease: to,
        });
      }),
    );

    test.for([
      ['SUCCESS', 0],
      ['RETRY', 1],
    ] as const)('its owner stores %s, however late, and drops it', ([status, attempt]) =>
      on(async ({ results, now }) => {
        const taken = aTake({ lease: { ...aLease(now), until: now() - 60_000 } });
        await results.store(taken);
        const { owner } = taken.lease.lease;

        const outcome = await results.store(
          following(taken, { status, attempt, fromAttempt: 0, lease: { kind: 'drop', owner } }),
        );

        expect(outcome).toEqual({ stored: true });
        expect((await readOne(results, taken.taskId))?.own).toMatchObject({
          status,
          lease: undefined,
        });
      })(),
    );

    test(
      'a former owner stores nothing, extends nothing and gives nothing back',
      on(async ({ results, now }) => {
        const first = aTake({ lease: { ...aLease(now), until: now() - 10 } });
        await results.store(first);
        const { taskId } = first;
        const { owner } = first.lease.lease;
        const second = aTake({ taskId, lease: { ...aLease(now), epoch: 2 }, seenEpoch: 1 });
        await results.store(second);

        const state = following(first, { status: 'SUCCESS', lease: { kind: 'drop', owner } });
        const finished = await results.store(state);
        const to = { owner: undefined, epoch: 0, until: 0, ended: false };
        const released = await results.changeLease({ taskId, owner, to, expiresAt: undefined });

        const current = { document: second.document, own: { lease: second.lease.lease } };
        expect(finished).toMatchObject({ stored: false, current });
        expect(released).toMatchObject({ changed: false, current });
        expect(await readOne(results, taskId)).toMatchObject(current);
      }),
    );

    test(
      'what was given back is free at once, and tells its epoch and that it ended',
      on(async ({ results, now }) => {
        const taken = aTake({ lease: aLease(now) });
        await results.store(taken);
        const { taskId } = taken;
        const { owner } = taken.lease.lease;
        const to = { owner: undefined, epoch: 0, until: 0, ended: true };

        const released = await results.changeLease({ taskId, owner, to, expiresAt: undefined });
        const item = await readOne(results, taskId);
        const again = await results.store(aTake({ taskId, lease: aLease(now), seenEpoch: 0 }));

        expect(released).toEqual({ changed: true });
        expect(item).toMatchObject({ document: taken.document, own: { lease: to } });
        expect(again).toEqual({ stored: true });
      }),
    );

    test(
      'an extension moves the end of the item, and repeats harmlessly',
      on(async ({ results, now }) => {
        const seconds = Math.ceil(now() / 1000);
        const taken = aTake({ lease: aLease(now), expiresAt: seconds + 60 });
        await results.store(taken);
        const { taskId } = taken;
        const { owner } = taken.lease.lease;
        const to = { owner, epoch: 1, until: now() + 90_000, ended: false };
        const change = { taskId, owner, to, expiresAt: seconds + 3600 };

        const outcomes = [await results.changeLease(change), await results.changeLease(change)];

        expect(outcomes).toEqual([{ changed: true }, { changed: true }]);
        expect((await readOne(results, taskId))?.own?.lease).toEqual(to);
      }),
    );

    test(
      'there is nothing to extend where there is no item, or one past its ttl',
      on(async ({ results, now }) => {
        const expiresAt = Math.floor(now() / 1000) - 10;
        const old = aTake({ lease: aLease(now), expiresAt });
        await results.store(old);
        const { owner } = old.lease.lease;
        const to = { owner, epoch: 1, until: now() + 90_000, ended: false };

        for (const taskId of [old.taskId, randomUUID()]) {
          const outcome = await results.changeLease({ taskId, owner, to, expiresAt: undefined });

          expect(outcome).toEqual({ changed: false, current: undefined });
          expect(await readOne(results, taskId)).toBeUndefined();
        }
      }),
    );

    test(
      'a live lease of an item past its ttl is none',
      on(async ({ results, now }) => {
        const expiresAt = Math.floor(now() / 1000) - 10;
        const old = aTake({ lease: aLease(now), expiresAt });
        await results.store(old);
        const { taskId } = old;

        const fresh = aTake({ taskId, lease: aLease(now) });

        expect(await results.store(fresh)).toEqual({ stored: true });
        expect((await readOne(results, taskId))?.own?.lease).toMatchObject(fresh.lease.lease);
      }),
    );

    test(
      'an item that Python put in between is replaced by the owner that has read it',
      on(async ({ results, now, putAsPython }) => {
        const taken = aTake({ lease: aLease(now) });
        await results.store(taken);
        const { taskId } = taken;
        const { owner } = taken.lease.lease;
        const timestamp = '1795244444.8369014';
        await putAsPython(taskId, text('{"status": "STARTED"}'), { timestamp });
        const to = { owner, epoch: 1, until: now() + 90_000, ended: false };
        const end = following(taken, { status: 'SUCCESS', lease: { kind: 'drop', owner } });

        const extended = await results.changeLease({ taskId, owner, to, expiresAt: undefined });
        const blind = await results.store(end);
        const read = await results.store({ ...end, over: timestamp });

        expect(extended).toMatchObject({ changed: false, current: { own: undefined, timestamp } });
        expect([blind.stored, read.stored]).toEqual([false, true]);
      }),
    );
  });
}

type Take = LeaseWrite & { readonly kind: 'take' };

/** The write that takes a lease. */
function aTake({
  lease,
  seenEpoch,
  ...fields
}: Partial<Omit<ResultWrite, 'lease'>> & {
  readonly lease: Lease;
  readonly seenEpoch?: number | undefined;
}): ResultWrite & { readonly lease: Take } {
  return { ...aWrite(fields), lease: { kind: 'take', lease, seenEpoch } };
}

function aLease(now: () => number): Lease {
  return { owner: randomUUID(), epoch: 1, until: now() + 60_000 };
}

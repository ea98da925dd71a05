import { randomUUID } from 'node:crypto';
import { OperationalError } from '../../errors.ts';
import type {
  Lease,
  LeaseWrite,
  ResultBackend,
  ResultWrite,
  StoredResult,
  WriteOutcome,
} from '../../ports/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** A results table for one test, or shared by tests that use ids of their own. */
export interface ResultBackendFixture extends Fixture {
  readonly results: ResultBackend;
  /** Milliseconds since the epoch, by the clock that the backend uses. */
  now(): number;
  /** Puts a whole item without a look at what is there, and without our attributes: what Celery's own backend does. */
  putAsPython(
    taskId: string,
    document: Uint8Array,
    item: { readonly timestamp: string; readonly expiresAt?: number },
  ): Promise<void>;
}

/**
 * The contract of `ResultBackend` as a suite of vitest. An adapter is finished when it is green.
 *
 * @example await describeResultBackend('my backend', async () => ({ results, now, putAsPython, close }));
 */
export async function describeResultBackend(
  name: string,
  create: () => Promise<ResultBackendFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);

  describe(`${name}: reading`, () => {
    test(
      'a stored state is read as it was written',
      on(async ({ results }) => {
        const write = aWrite({
          status: 'PROGRESS',
          attempt: 2,
          generation: 1,
          timestamp: 1795244444.836,
        });

        const outcome = await results.store(write);

        expect(outcome).toEqual({ stored: true });
        expect(await readOne(results, write.taskId)).toEqual({
          taskId: write.taskId,
          document: write.document,
          timestamp: '1795244444.836',
          own: { status: 'PROGRESS', attempt: 2, generation: 1, dead: undefined },
        });
      }),
    );

    test(
      'an item by Python has no attributes of ours and its timestamp to the last digit',
      on(async ({ results, putAsPython }) => {
        const taskId = randomUUID();
        const document = text('{"status": "SUCCESS"}');

        await putAsPython(taskId, document, { timestamp: '1795244444.83690142' });

        expect(await readOne(results, taskId)).toEqual({
          taskId,
          document,
          timestamp: '1795244444.83690142',
          own: undefined,
        });
      }),
    );

    test(
      'ids are read once however often they are asked for, absent ones are left out',
      on(async ({ results }) => {
        const writes = Array.from({ length: 120 }, () => aWrite());
        for (const write of writes) await results.store(write);
        const ids = writes.map(({ taskId }) => taskId);

        const found = await results.read([...ids, ...ids, randomUUID()]);

        expect([...found.keys()].sort()).toEqual([...ids].sort());
        expect((await results.read([])).size).toBe(0);
      }),
    );

    test(
      'large documents are all read, though no single answer could hold them',
      on(async ({ results }) => {
        const document = new Uint8Array(results.maxDocumentBytes).fill(0x20);
        const writes = Array.from({ length: 45 }, () => aWrite({ document }));
        for (const write of writes) await results.store(write);

        const found = await results.read(writes.map(({ taskId }) => taskId));

        const sizes = [...found.values()].map((item) => item.document.byteLength);
        expect(sizes).toEqual(writes.map(() => document.byteLength));
      }),
    );

    test(
      'a document larger than an item is refused, and what was there stays',
      on(async ({ results }) => {
        const first = aWrite();
        await results.store(first);
        const document = new Uint8Array(results.maxDocumentBytes + 5_000);

        await expect(results.store(following(first, { document }))).rejects.toThrow(
          OperationalError,
        );
        expect((await readOne(results, first.taskId))?.document).toEqual(first.document);
      }),
    );

    test(
      'reading without consistency finds what was written long enough ago',
      on(async ({ results }) => {
        const write = aWrite();
        await results.store(write);

        await expect
          .poll(async () => (await results.read([write.taskId], { consistent: false })).size)
          .toBe(1);
      }),
    );

    test.for(["it's", 'say "x"', `it's "x"`, 'back\\slash', 'grün 🥬', 'a b'])(
      'the task id %s is an id as any other',
      (odd) =>
        on(async ({ results }) => {
          const write = aWrite({ taskId: `${odd} ${randomUUID()}` });

          await results.store(write);

          expect((await readOne(results, write.taskId))?.taskId).toBe(write.taskId);
        })(),
    );

    test(
      'a forgotten result is absent, and forgetting again says nothing',
      on(async ({ results }) => {
        const [kept, gone] = [aWrite(), aWrite()];
        await results.store(kept);
        await results.store(gone);

        const forgotten = await results.forget([gone.taskId, gone.taskId]);
        await results.forget([gone.taskId]);

        expect(forgotten).toEqual([]);
        expect([...(await results.read([kept.taskId, gone.taskId])).keys()]).toEqual([kept.taskId]);
      }),
    );

    test(
      'whoever forgets results learns, once, where documents lay that were not in their items',
      on(async ({ results }) => {
        const [small, large] = [aWrite(), aWrite({ payload: 'there' })];
        await results.store(small);
        await results.store(large);

        expect(await results.forget([small.taskId, large.taskId])).toEqual(['there']);
        expect(await results.forget([large.taskId])).toEqual([]);
      }),
    );

    test(
      'a forgotten task may be stored anew',
      on(async ({ results }) => {
        const write = aWrite({ status: 'SUCCESS' });
        await results.store(write);
        await results.forget([write.taskId]);

        expect(await results.store(following(write, { status: 'STARTED' }))).toEqual({
          stored: true,
        });
      }),
    );
  });

  describe(`${name}: finished is finished`, () => {
    test.for(['SUCCESS', 'FAILURE', 'REVOKED'])('nothing replaces %s', (final) =>
      on(async ({ results }) => {
        const first = aWrite({ status: final });
        await results.store(first);

        const outcome = await results.store(following(first, { status: 'SUCCESS', attempt: 7 }));

        expectRefused(outcome, first);
        expect((await readOne(results, first.taskId))?.document).toEqual(first.document);
      })(),
    );

    test.for(['STARTED', 'PROGRESS', 'RETRY', 'SUCCESSFUL'])('%s is replaced', (state) =>
      on(async ({ results }) => {
        const first = aWrite({ status: state });
        await results.store(first);

        const outcome = await results.store(following(first, { status: 'SUCCESS' }));

        expect(outcome).toEqual({ stored: true });
        expect((await readOne(results, first.taskId))?.own?.status).toBe('SUCCESS');
      })(),
    );

    test(
      'of many that finish one task at once, one does, and all others get its item',
      on(async ({ results }) => {
        const first = aWrite();
        const writes = Array.from({ length: 12 }, () => following(first, { status: 'SUCCESS' }));

        const outcomes = await Promise.all(writes.map((write) => results.store(write)));

        const winners = writes.filter((_, index) => outcomes[index]?.stored);
        expect(winners.length).toBe(1);
        const documents = outcomes.flatMap((outcome) =>
          outcome.stored ? [] : [outcome.current.document],
        );
        expect(documents).toEqual(Array(11).fill(winners[0]?.document));
      }),
    );

    test(
      'a write that is repeated because its answer was lost finds its own token: stored',
      on(async ({ results }) => {
        const write = aWrite({ status: 'SUCCESS' });
        await results.store(write);

        expect(await results.store(write)).toEqual({ stored: true });
      }),
    );

    test(
      'an equal write under another token is another write: refused',
      on(async ({ results }) => {
        const write = aWrite({ status: 'SUCCESS' });
        await results.store(write);

        expectRefused(await results.store({ ...write, token: randomUUID() }), write);
      }),
    );
  });

  describe(`${name}: attempts and lives`, () => {
    test(
      'an older attempt is refused, the same and a later one are stored',
      on(async ({ results }) => {
        const first = aWrite({ status: 'RETRY', attempt: 2 });
        await results.store(first);

        expectRefused(
          await results.store(following(first, { status: 'SUCCESS', attempt: 1 })),
          first,
        );
        expect(await results.store(following(first, { attempt: 2 }))).toEqual({ stored: true });
        expect(await results.store(following(first, { attempt: 3 }))).toEqual({ stored: true });
      }),
    );

    test(
      'a death gives way to the letter that was sent back, and to nothing else',
      on(async ({ results }) => {
        const death = aWrite({ status: 'FAILURE', generation: 0, dead: 1 });
        await results.store(death);

        expectRefused(await results.store(following(death, { generation: 0 })), death);
        expectRefused(await results.store(following(death, { generation: 2 })), death);
        expect(await results.store(following(death, { generation: 1 }))).toEqual({ stored: true });
      }),
    );

    test(
      'an old copy from before the death does not touch the new life',
      on(async ({ results }) => {
        const death = aWrite({ status: 'FAILURE', generation: 0, dead: 1 });
        await results.store(death);
        const revived = following(death, { status: 'STARTED', generation: 1 });
        await results.store(revived);

        const outcome = await results.store(following(death, { status: 'SUCCESS', generation: 0 }));

        expectRefused(outcome, revived);
      }),
    );

    test(
      'a new life is not dead, and what it ends with is final',
      on(async ({ results }) => {
        const death = aWrite({ status: 'FAILURE', generation: 0, dead: 1 });
        await results.store(death);
        const end = following(death, { status: 'SUCCESS', generation: 1 });

        await results.store(end);

        expect((await readOne(results, death.taskId))?.own?.dead).toBeUndefined();
        expectRefused(await results.store(following(end, { generation: 1 })), end);
      }),
    );

    test(
      'who dies a second time needs the second letter',
      on(async ({ results }) => {
        const first = aWrite({ status: 'FAILURE', generation: 0, dead: 1 });
        await results.store(first);
        const second = following(first, { status: 'FAILURE', generation: 1, dead: 2 });
        await results.store(second);

        expectRefused(await results.store(following(first, { generation: 1 })), second);
        expect(await results.store(following(first, { generation: 2 }))).toEqual({ stored: true });
      }),
    );
  });

  describe(`${name}: beside Python`, () => {
    test(
      'a late write does not replace the SUCCESS that Python stored after our read',
      on(async ({ results, putAsPython }) => {
        const taskId = randomUUID();
        const success = text('{"status": "SUCCESS", "result": "by python"}');
        await putAsPython(taskId, text('{"status": "STARTED"}'), { timestamp: '1795244444.25' });
        const read = await readOne(results, taskId);

        await putAsPython(taskId, success, { timestamp: '1795244444.75' });
        const outcome = await results.store(
          aWrite({ taskId, status: 'FAILURE', over: read?.timestamp }),
        );

        expect(outcome).toEqual({
          stored: false,
          current: { taskId, document: success, timestamp: '1795244444.75', own: undefined },
        });
        expect((await readOne(results, taskId))?.document).toEqual(success);
      }),
    );

    test(
      'a late write does not replace the SUCCESS that Python stored over our own state',
      on(async ({ results, putAsPython }) => {
        const started = aWrite({ status: 'STARTED' });
        await results.store(started);
        const success = text('{"status": "SUCCESS", "result": "by python"}');
        await putAsPython(started.taskId, success, { timestamp: '1795244444.75' });

        const outcome = await results.store(following(started, { status: 'SUCCESS' }));

        expect(outcome).toMatchObject({
          stored: false,
          current: { document: success, own: undefined },
        });
      }),
    );

    test(
      'a write that knows nothing of an item by Python leaves it',
      on(async ({ results, putAsPython }) => {
        const taskId = randomUUID();
        const started = text('{"status": "STARTED"}');
        await putAsPython(taskId, started, { timestamp: '1795244444.25' });

        const outcome = await results.store(aWrite({ taskId, status: 'SUCCESS' }));

        expect(outcome).toMatchObject({ stored: false, current: { document: started } });
      }),
    );

    test(
      'an unfinished item by Python is replaced by who has read this very one, whole',
      on(async ({ results, now, putAsPython }) => {
        const taskId = randomUUID();
        const timestamp = '1795244444.8369014';
        const expiresAt = Math.ceil(now() / 1000) + 3600;
        await putAsPython(taskId, text('{"status": "STARTED"}'), { timestamp, expiresAt });
        const write = aWrite({ taskId, status: 'SUCCESS', over: timestamp });

        const outcome = await results.store(write);

        expect(outcome).toEqual({ stored: true });
        expect(await readOne(results, taskId)).toMatchObject({
          document: write.document,
          own: { status: 'SUCCESS' },
        });
      }),
    );

    test(
      'timestamps that differ in the last digit are different',
      on(async ({ results, putAsPython }) => {
        const taskId = randomUUID();
        await putAsPython(taskId, text('{"status": "STARTED"}'), {
          timestamp: '1795244444.83690142',
        });

        const outcome = await results.store(aWrite({ taskId, over: '1795244444.83690141' }));

        expect(outcome.stored).toBe(false);
      }),
    );

    test(
      'our own item is not open to who has read an item by Python',
      on(async ({ results }) => {
        const success = aWrite({ status: 'SUCCESS', timestamp: 1795244444.5 });
        await results.store(success);

        const outcome = await results.store(following(success, { over: '1795244444.5' }));

        expectRefused(outcome, success);
      }),
    );
  });

  describe(`${name}: expiry`, () => {
    test(
      'an item past its ttl is absent for reads',
      on(async ({ results, now }) => {
        const past = aWrite({ expiresAt: Math.floor(now() / 1000) - 10 });
        const future = aWrite({ expiresAt: Math.floor(now() / 1000) + 3600 });
        await results.store(past);
        await results.store(future);

        const found = await results.read([past.taskId, future.taskId]);

        expect([...found.keys()]).toEqual([future.taskId]);
      }),
    );

    test(
      'the end of a result is moved on, never back; what has none, is not there or is past is left',
      on(async ({ results, now }) => {
        const seconds = Math.floor(now() / 1000);
        const [soon, late, endless, past] = [
          aWrite({ expiresAt: seconds + 60 }),
          aWrite({ expiresAt: seconds + 3600 }),
          aWrite({ expiresAt: undefined }),
          aWrite({ expiresAt: seconds - 10 }),
        ];
        const writes = [soon, late, endless, past];
        for (const write of writes) await results.store(write);
        const ids = [...writes.map(({ taskId }) => taskId), randomUUID()];

        await results.prolong(ids, seconds + 600);
        await results.prolong(ids, seconds + 600);
        await results.prolong(ids, seconds - 100);

        const found = await results.read(ids);
        expect([...found.keys()].sort()).toEqual(
          [soon, late, endless].map(({ taskId }) => taskId).sort(),
        );
        expect(found.get(soon.taskId)).toMatchObject({ document: soon.document });
      }),
    );

    test(
      'a final item past its ttl is replaced whole: nothing of it is left',
      on(async ({ results, now }) => {
        const expiresAt = Math.floor(now() / 1000) - 10;
        const old = aWrite({ status: 'FAILURE', attempt: 9, generation: 4, dead: 5, expiresAt });
        await results.store(old);
        const fresh = following(old, {
          status: 'STARTED',
          attempt: 0,
          generation: 0,
          dead: undefined,
        });

        expect(await results.store({ ...fresh, expiresAt: undefined })).toEqual({ stored: true });
        expect(await readOne(results, old.taskId)).toMatchObject({
          document: fresh.document,
          own: { status: 'STARTED', attempt: 0, generation: 0, dead: undefined },
        });
      }),
    );

    test(
      'an item by Python past its ttl is replaced without having been read',
      on(async ({ results, now, putAsPython }) => {
        const taskId = randomUUID();
        const expiresAt = Math.floor(now() / 1000) - 10;
        await putAsPython(taskId, text('{"status": "SUCCESS"}'), {
          timestamp: '1795244444.25',
          expiresAt,
        });

        expect(await results.store(aWrite({ taskId }))).toEqual({ stored: true });
        expect((await readOne(results, taskId))?.own?.status).toBe('STARTED');
      }),
    );
  });

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

  function expectRefused(outcome: WriteOutcome, by: ResultWrite): void {
    expect(outcome.stored).toBe(false);
    expect(outcome).toMatchObject({
      current: {
        taskId: by.taskId,
        document: by.document,
        own: { status: by.status, attempt: by.attempt, generation: by.generation, dead: by.dead },
      },
    });
  }
}

function aWrite(fields: Partial<ResultWrite> = {}): ResultWrite {
  const token = randomUUID();
  const { attempt = 0 } = fields;
  return {
    taskId: randomUUID(),
    document: text(`{"written by": "${token}"}`),
    status: 'STARTED',
    timestamp: 1795244444.125,
    expiresAt: undefined,
    attempt,
    fromAttempt: attempt,
    generation: 0,
    dead: undefined,
    retry: undefined,
    over: undefined,
    token,
    ...fields,
  };
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

/** Another write for the task of `first`. */
function following({ taskId }: ResultWrite, fields: Partial<ResultWrite>): ResultWrite {
  return aWrite({ ...fields, taskId });
}

async function readOne(results: ResultBackend, taskId: string): Promise<StoredResult | undefined> {
  return (await results.read([taskId])).get(taskId);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

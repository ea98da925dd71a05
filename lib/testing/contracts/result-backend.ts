import { randomUUID } from 'node:crypto';
import { OperationalError } from '../../errors.ts';
import type { ResultWrite, WriteOutcome } from '../../ports/index.ts';
import {
  aWrite,
  following,
  type ResultBackendFixture,
  readOne,
  text,
} from './result-backend-fixture.ts';
import { describeResultExpiry } from './result-expiry.ts';
import { describeResultLeases } from './result-leases.ts';
import { withFixture } from './with-fixture.ts';

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

  await describeResultExpiry(name, create);
  await describeResultLeases(name, create);

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

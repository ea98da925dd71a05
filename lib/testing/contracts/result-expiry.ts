import { randomUUID } from 'node:crypto';
import {
  aWrite,
  following,
  type ResultBackendFixture,
  readOne,
  text,
} from './result-backend-fixture.ts';
import { withFixture } from './with-fixture.ts';

/** The part of the contract of `ResultBackend` that is about how long results are kept. */
export async function describeResultExpiry(
  name: string,
  create: () => Promise<ResultBackendFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);

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
}

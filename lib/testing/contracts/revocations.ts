import { randomUUID } from 'node:crypto';
import type {
  Admissions,
  ResultBackend,
  ResultWrite,
  Revocable,
  Revocations,
} from '../../ports/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** Results and revokes of one test, or shared by tests that use ids of their own. */
export interface RevocationsFixture extends Fixture {
  readonly revocations: Revocations;
  /** Reads what `revocations` and `results` wrote. */
  readonly admissions: Admissions;
  readonly results: ResultBackend;
  /** Milliseconds since the epoch, by the clock that the adapters use. */
  now(): number;
}

/**
 * The contract of `Revocations` and `Admissions` as a suite of vitest. An adapter is finished when it is green.
 *
 * @example await describeRevocations('my revokes', async () => ({ revocations, admissions, results, now, close }));
 */
export async function describeRevocations(
  name: string,
  create: () => Promise<RevocationsFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);

  describe(`${name}: revokes`, () => {
    test(
      'name tasks by id, any number at once, and no others',
      on(async ({ revocations, now }) => {
        const tasks = Array.from({ length: 60 }, () => aTask());
        const revoked = tasks.slice(0, 57).map(({ taskId }) => taskId);

        await revocations.revoke({ taskIds: revoked, stamps: [] }, aRecord(now));

        expect(sorted(await revocations.revoked(tasks))).toEqual([...revoked].sort());
      }),
    );

    test.for([
      ['a text', 'customer-1'],
      ['a number', 7],
      ['an object', { region: 'eu', ids: [1, 2] }],
      ['a long text', 'x'.repeat(5000)],
    ] as const)('name tasks by a stamp: %s', ([, value]) =>
      on(async ({ revocations, now }) => {
        const header = `h-${randomUUID()}`;
        const [stamped, otherwise, plain] = [
          aTask({
            stamps: [
              { header: 'other', value },
              { header, value },
            ],
          }),
          aTask({ stamps: [{ header, value: 'another value' }] }),
          aTask(),
        ];

        await revocations.revoke({ taskIds: [], stamps: [{ header, value }] }, aRecord(now));

        const answer = await revocations.revoked([stamped, otherwise, plain]);
        expect([...answer]).toEqual([stamped.taskId]);
      })(),
    );

    test(
      'end running tasks only if they say so, and a later one takes nothing back',
      on(async ({ revocations, now }) => {
        const [ended, spared] = [aTask(), aTask()];
        const both = [ended, spared];
        await revocations.revoke(only(ended), aRecord(now, { terminate: true }));
        await revocations.revoke(only(spared), aRecord(now));

        await revocations.revoke(only(ended), aRecord(now));

        expect([...(await revocations.terminated(both))]).toEqual([ended.taskId]);
        expect((await revocations.revoked(both)).size).toBe(2);
      }),
    );

    test(
      'are absent past their ttl, and can be made anew',
      on(async ({ revocations, now }) => {
        const task = aTask();
        const past = { expiresAt: Math.floor(now() / 1000) - 10 };
        await revocations.revoke(only(task), aRecord(now, { terminate: true, ...past }));

        const before = [await revocations.revoked([task]), await revocations.terminated([task])];
        await revocations.revoke(only(task), aRecord(now));
        const after = [await revocations.revoked([task]), await revocations.terminated([task])];

        expect(before.map(({ size }) => size)).toEqual([0, 0]);
        expect(after.map(({ size }) => size)).toEqual([1, 0]);
      }),
    );

    test(
      'of nothing are nothing',
      on(async ({ revocations, now }) => {
        await revocations.revoke({ taskIds: [], stamps: [] }, aRecord(now));

        expect(await revocations.revoked([])).toEqual(new Set());
        expect(await revocations.terminated([])).toEqual(new Set());
      }),
    );
  });

  describe(`${name}: admissions`, () => {
    test(
      'tell of results and revokes together, each id asked for once or more',
      on(async ({ admissions, revocations, results, now }) => {
        const [ended, revoked, neither] = [aTask(), aTask(), aTask()];
        await results.store(aWrite(ended.taskId, now));
        await revocations.revoke(only(revoked), aRecord(now));

        const records = await admissions.read([ended, revoked, neither, ended]);

        expect([...records.results.keys()]).toEqual([ended.taskId]);
        expect(records.results.get(ended.taskId)?.own?.status).toBe('SUCCESS');
        expect([...records.revoked]).toEqual([revoked.taskId]);
      }),
    );

    test(
      'of copies of one task see the stamps of each',
      on(async ({ admissions, revocations, now }) => {
        const stamp = { header: `h-${randomUUID()}`, value: 1 };
        const plain = aTask();
        await revocations.revoke({ taskIds: [], stamps: [stamp] }, aRecord(now));

        const { revoked } = await admissions.read([plain, { ...plain, stamps: [stamp] }]);

        expect([...revoked]).toEqual([plain.taskId]);
      }),
    );

    test(
      'of nothing are nothing',
      on(async ({ admissions }) => {
        expect(await admissions.read([])).toEqual({ results: new Map(), revoked: new Set() });
      }),
    );
  });
}

function aTask(fields: Partial<Revocable> = {}): Revocable {
  return { taskId: randomUUID(), stamps: [], ...fields };
}

function only({ taskId }: Revocable) {
  return { taskIds: [taskId], stamps: [] };
}

function aRecord(
  now: () => number,
  fields: { readonly terminate?: boolean; readonly expiresAt?: number } = {},
) {
  return { terminate: false, expiresAt: Math.ceil(now() / 1000) + 3600, ...fields };
}

function sorted(ids: ReadonlySet<string>): string[] {
  return [...ids].sort();
}

function aWrite(taskId: string, now: () => number): ResultWrite {
  return {
    taskId,
    document: new TextEncoder().encode('{"status": "SUCCESS", "result": null}'),
    status: 'SUCCESS',
    timestamp: now() / 1000,
    expiresAt: Math.ceil(now() / 1000) + 3600,
    attempt: 0,
    fromAttempt: 0,
    generation: 0,
    dead: undefined,
    retry: undefined,
    token: randomUUID(),
    over: undefined,
  };
}

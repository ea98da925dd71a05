import { randomUUID } from 'node:crypto';
import type { Groups, SavedGroup } from '../../ports/index.ts';
import { groupResultTuple, taskResultTuple } from '../../protocol/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** A results table for one test, or shared by tests that use ids of their own. */
export interface GroupsFixture extends Fixture {
  readonly groups: Groups;
  /** Milliseconds since the epoch, by the clock that the groups use. */
  now(): number;
}

/**
 * The contract of `Groups` as a suite of vitest. An adapter is finished when it is green.
 *
 * @example await describeGroups('my groups', async () => ({ groups, now, close }));
 */
export async function describeGroups(
  name: string,
  create: () => Promise<GroupsFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);

  describe(`${name}: saved groups`, () => {
    test(
      'what was saved is restored: members in order, groups within, parents',
      on(async ({ groups, now }) => {
        const nested = groupResultTuple(randomUUID(), [taskResultTuple('c'), taskResultTuple('d')]);
        const group = aGroup({
          members: [taskResultTuple('b', taskResultTuple('a')), nested],
          parent: taskResultTuple('before'),
        });

        await groups.save(group, later(now));

        expect(await groups.restore(group.groupId)).toEqual(group);
      }),
    );

    test(
      'a group of none is a group',
      on(async ({ groups, now }) => {
        const group = aGroup({ members: [] });

        await groups.save(group, later(now));

        expect(await groups.restore(group.groupId)).toEqual(group);
      }),
    );

    test(
      'saving again replaces it, and its end',
      on(async ({ groups, now }) => {
        const [first, second] = [aGroup(), aGroup()];
        await groups.save(first, past(now));

        await groups.save({ ...second, groupId: first.groupId }, undefined);

        expect(await groups.restore(first.groupId)).toEqual({ ...second, groupId: first.groupId });
      }),
    );

    test(
      'one past its time is absent, one without an end is there',
      on(async ({ groups, now }) => {
        const [gone, endless] = [aGroup(), aGroup()];
        await groups.save(gone, past(now));
        await groups.save(endless, undefined);

        expect(await groups.restore(gone.groupId)).toBeUndefined();
        expect(await groups.restore(endless.groupId)).toEqual(endless);
      }),
    );

    test(
      'one that nobody saved, or that was deleted, is absent; deleting again says nothing',
      on(async ({ groups, now }) => {
        const group = aGroup();
        await groups.save(group, later(now));

        await groups.delete(group.groupId);
        await groups.delete(group.groupId);

        expect(await groups.restore(group.groupId)).toBeUndefined();
        expect(await groups.restore(randomUUID())).toBeUndefined();
      }),
    );

    test(
      'an odd id is an id as any other',
      on(async ({ groups, now }) => {
        const group = aGroup({ groupId: `it's "grün" 🥬 ${randomUUID()}` });

        await groups.save(group, later(now));

        expect(await groups.restore(group.groupId)).toEqual(group);
      }),
    );

    test(
      'what the caller does to its own copy later changes nothing',
      on(async ({ groups, now }) => {
        const members = [taskResultTuple('a')];
        const group = aGroup({ members });
        await groups.save(group, later(now));

        members.push(taskResultTuple('b'));

        expect((await groups.restore(group.groupId))?.members).toEqual([taskResultTuple('a')]);
      }),
    );
  });
}

function aGroup(fields: Partial<SavedGroup> = {}): SavedGroup {
  const members = [taskResultTuple(randomUUID()), taskResultTuple(randomUUID())];
  return { groupId: randomUUID(), members, parent: null, ...fields };
}

function later(now: () => number): number {
  return Math.ceil(now() / 1000) + 3600;
}

function past(now: () => number): number {
  return Math.floor(now() / 1000) - 10;
}

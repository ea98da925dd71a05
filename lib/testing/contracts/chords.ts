import { randomUUID } from 'node:crypto';
import type { ChordPart, Chords, CountOutcome, Groups, NewChord } from '../../ports/index.ts';
import {
  type ChordSizes,
  groupResultTuple,
  type ResultTuple,
  taskResultTuple,
} from '../../protocol/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** A results table for one test, or shared by tests that use ids of their own. */
export interface ChordsFixture extends Fixture {
  readonly chords: Chords;
  /** On the same table. */
  readonly groups: Groups;
  readonly python: PythonBeside;
  /** Milliseconds since the epoch, by the clock that the chords use. */
  now(): number;
}

/** What a Python worker does to the records: unguarded, and blind to attributes of ours. */
export interface PythonBeside {
  /** Puts counter and saved group, both without an end. */
  create(groupId: string, members: readonly ResultTuple[]): Promise<void>;
  /** `SET chord_count = chord_count + 1`. undefined: there is no counter, an error to Python. */
  count(groupId: string): Promise<number | undefined>;
  deleteGroup(groupId: string): Promise<void>;
  deleteCounter(groupId: string): Promise<void>;
}

const day = 86_400;
const gone: CountOutcome = { kind: 'gone' };
const untold: CountOutcome = { kind: 'untold' };
const wouldFill: Partial<CountOutcome> = { kind: 'wouldFill' };

/**
 * The contract of `Chords` as a suite of vitest. An adapter is finished when it is green.
 *
 * @example await describeChords('my chords', async () => ({ chords, groups, python, now, close }));
 */
export async function describeChords(
  name: string,
  createFixture: () => Promise<ChordsFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(createFixture);

  describe(`${name}: records of a chord`, () => {
    test(
      'a new chord has counted nothing, is not joined and knows its members; its group can be restored',
      on(async ({ chords, groups, now }) => {
        const chord = aChord(now);

        await chords.create(chord);

        const { groupId, members } = chord;
        expect(await chords.read(groupId)).toMatchObject({ count: 0, joined: false, members });
        expect(await groups.restore(groupId)).toEqual({ groupId, members, parent: null });
      }),
    );

    test(
      'one that nobody made is absent to all, and nothing makes it by the way',
      on(async ({ chords, groups, now }) => {
        const chord = aChord(now);
        const { groupId } = chord;

        expect(await chords.count(aPart(chord, now))).toEqual(gone);
        expect(await chords.count(aPart(chord, now, { mayFill: true }))).toEqual(gone);
        expect(await chords.claimJoin(aClaim(chord))).toBe('over');
        await chords.markJoined(groupId);
        await chords.prolong(groupId, later(now));

        expect(await chords.read(groupId)).toBeUndefined();
        expect(await groups.restore(groupId)).toBeUndefined();
      }),
    );

    test(
      'making it again changes nothing',
      on(async ({ chords, now }) => {
        const chord = aChord(now);
        await chords.create(chord);
        await chords.count(aPart(chord, now));
        await chords.markJoined(chord.groupId);

        await chords.create({ ...chord, members: [] });

        const { groupId, members } = chord;
        expect(await chords.read(groupId)).toMatchObject({ count: 1, joined: true, members });
      }),
    );

    test(
      'making it again makes a group that is missing beside a counter at zero, and none beside one that has counted',
      on(async ({ chords, python, now }) => {
        const [interrupted, joined] = [aChord(now), aChord(now)];
        await chords.create(interrupted);
        await chords.create(joined);
        await python.count(joined.groupId);
        for (const { groupId } of [interrupted, joined]) await python.deleteGroup(groupId);

        await chords.create(interrupted);
        await chords.create(joined);

        expect((await chords.read(interrupted.groupId))?.members).toEqual(interrupted.members);
        expect((await chords.read(joined.groupId))?.members).toBeUndefined();
      }),
    );

    test(
      'records past their time are absent to all, and are made anew without what they had counted',
      on(async ({ chords, groups, now }) => {
        const old = aChord(now, { expiresAt: past(now) });
        const part = aPart(old, now, { expiresAt: past(now) });
        await chords.create(old);

        expect(await chords.count(part)).toEqual(gone);
        expect(await chords.claimJoin(aClaim(old))).toBe('over');
        await chords.markJoined(old.groupId);
        await chords.prolong(old.groupId, later(now));
        expect(await chords.read(old.groupId)).toBeUndefined();
        expect(await groups.restore(old.groupId)).toBeUndefined();

        const { groupId, members } = old;
        await chords.create({ ...old, expiresAt: later(now) });
        expect(await chords.read(groupId)).toMatchObject({ count: 0, joined: false, members });
        expect(await chords.claimJoin(aClaim(old, { claimer: 'other' }))).toBe('mine');
      }),
    );
  });

  describe(`${name}: counting the parts of a chord`, () => {
    test(
      'each part counts, and the one that completes the count is told so',
      on(async ({ chords, now }) => {
        const chord = aChord(now);
        const [a, b, c] = threeParts(chord, now);
        await chords.create(chord);

        const outcomes = [
          await chords.count(a),
          await chords.count(b),
          await chords.count({ ...c, mayFill: true }),
        ];

        expect(outcomes).toMatchObject([counted(1), counted(2), counted(3, { completedIt: true })]);
      }),
    );

    test(
      'a part counts once, however often it is told, and who completed the count stays so',
      on(async ({ chords, now }) => {
        const chord = aChord(now, { members: someMembers(2) });
        const [a, b] = threeParts(chord, now);
        await chords.create(chord);
        await chords.count(a);
        await chords.count({ ...b, mayFill: true });

        expect(await chords.count(a)).toMatchObject(counted(2));
        expect(await chords.count({ ...a, mayFill: true })).toMatchObject(counted(2));
        expect(await chords.count(b)).toMatchObject(counted(2, { completedIt: true }));
        expect((await chords.read(chord.groupId))?.count).toBe(2);
      }),
    );

    test(
      'the part that would complete the count is not counted before it may',
      on(async ({ chords, now }) => {
        const chord = aChord(now, { members: someMembers(2) });
        const [a, b] = threeParts(chord, now);
        await chords.create(chord);
        await chords.count(a);

        expect(await chords.count(b)).toMatchObject(wouldFill);
        expect(await chords.count(b)).toMatchObject(wouldFill);
        expect((await chords.read(chord.groupId))?.count).toBe(1);
        expect(await chords.count({ ...b, mayFill: true })).toMatchObject(
          counted(2, { completedIt: true }),
        );
      }),
    );

    test(
      'the only part of a chord would complete it',
      on(async ({ chords, now }) => {
        const chord = aChord(now, { members: someMembers(1) });
        const [only] = threeParts(chord, now);
        await chords.create(chord);

        expect(await chords.count(only)).toMatchObject(wouldFill);
        expect(await chords.count({ ...only, mayFill: true })).toMatchObject(
          counted(1, { completedIt: true }),
        );
      }),
    );

    test(
      'whoever is counted hears that the body is published',
      on(async ({ chords, now }) => {
        const chord = aChord(now);
        const [a, b] = threeParts(chord, now);
        await chords.create(chord);
        await chords.count(a);

        await chords.markJoined(chord.groupId);

        expect(await chords.count(a)).toMatchObject(counted(1, { joined: true }));
        expect(await chords.count(b)).toMatchObject(counted(2, { joined: true }));
      }),
    );

    test(
      'of two parts that end at once each counts, and one completes the count',
      on(async ({ chords, now }) => {
        const chord = aChord(now, { members: someMembers(8) });
        const parts = chord.members.map(() => aPart(chord, now, { mayFill: true }));
        await chords.create(chord);

        const outcomes = await Promise.all([...parts, ...parts].map((part) => chords.count(part)));

        expect((await chords.read(chord.groupId))?.count).toBe(8);
        const completers = parts.filter((_, index) =>
          [outcomes[index], outcomes[index + parts.length]].some(
            (outcome) => outcome?.kind === 'counted' && outcome.completedIt,
          ),
        );
        expect(completers).toHaveLength(1);
      }),
    );

    test(
      'of two last parts that end at once, and may not fill, one counts',
      on(async ({ chords, now }) => {
        const chord = aChord(now, { members: someMembers(2) });
        const [a, b] = threeParts(chord, now);
        await chords.create(chord);

        const outcomes = await Promise.all([chords.count(a), chords.count(b)]);

        expect(outcomes).toContainEqual(expect.objectContaining(counted(1)));
        expect(outcomes).toContainEqual(expect.objectContaining(wouldFill));
      }),
    );

    test(
      'the counter tells the sizes of a chord to parts that do not know them, which may not fill it',
      on(async ({ chords, now }) => {
        const chord = aChord(now, { members: [groupResultTuple('inner', someMembers(2))] });
        const sizes = { size: 2, listed: 1 };
        const a = aPart(chord, now, { sizes: undefined });
        const b = aPart(chord, now, { sizes: undefined, mayFill: true });
        await chords.create(chord);

        expect(await chords.count(a)).toEqual({ ...counted(1), sizes });
        expect(await chords.count(a)).toEqual({ ...counted(1), sizes });
        expect(await chords.count(b)).toEqual({ ...wouldFill, sizes });
        expect((await chords.read(chord.groupId))?.count).toBe(1);
      }),
    );

    test(
      'odd task ids are told apart',
      on(async ({ chords, now }) => {
        const chord = aChord(now, { members: someMembers(9) });
        await chords.create(chord);
        const ids = ['', 'ttl', 'chord_count', 'a'.repeat(1700), 'grün 🥬', '#', ':now', 'a b'];

        for (const taskId of ids) await chords.count(aPart(chord, now, { taskId }));

        expect((await chords.read(chord.groupId))?.count).toBe(ids.length);
      }),
    );
  });

  describe(`${name}: chords beside Python`, () => {
    test(
      "Python's counts count, twice told twice",
      on(async ({ chords, python, now }) => {
        const chord = aChord(now, { members: someMembers(4) });
        const [a, b] = threeParts(chord, now);
        await chords.create(chord);

        expect(await python.count(chord.groupId)).toBe(1);
        expect(await chords.count(a)).toMatchObject(counted(2));
        expect(await python.count(chord.groupId)).toBe(3);
        expect(await chords.count(b)).toMatchObject(wouldFill);
        expect(await python.count(chord.groupId)).toBe(4);
        expect(await chords.count({ ...b, mayFill: true })).toMatchObject(counted(5));
      }),
    );

    test(
      'where Python counts it full no part of ours has completed it',
      on(async ({ chords, python, now }) => {
        const chord = aChord(now, { members: someMembers(2) });
        const [a] = threeParts(chord, now);
        await chords.create(chord);
        await chords.count(a);

        expect(await python.count(chord.groupId)).toBe(2);

        expect(await chords.count(a)).toMatchObject(counted(2));
      }),
    );

    test(
      'what Python made is counted, and gets the end that a part asks for',
      on(async ({ chords, groups, python, now }) => {
        const chord = aChord(now);
        const { groupId, members } = chord;
        const [a, b] = threeParts(chord, now);
        await python.create(groupId, members);
        await chords.count({ ...a, expiresAt: past(now) });

        expect(await chords.read(groupId)).toBeUndefined();
        expect(await groups.restore(groupId)).toBeUndefined();

        await python.create(groupId, members);
        expect(await chords.count(b)).toMatchObject(counted(1));
        expect(await chords.read(groupId)).toMatchObject({ count: 1, joined: false, members });
      }),
    );

    test(
      'what Python made tells no sizes until a part has told them',
      on(async ({ chords, python, now }) => {
        const chord = aChord(now);
        const [a, b, c] = threeParts(chord, now);
        await python.create(chord.groupId, chord.members);

        expect(await chords.count({ ...a, sizes: undefined })).toEqual(untold);
        expect(await chords.count(a)).toMatchObject(counted(1));
        expect(await chords.count({ ...b, sizes: undefined })).toMatchObject(counted(2));
        expect(await chords.count({ ...c, sizes: undefined })).toMatchObject(wouldFill);
      }),
    );

    test(
      'while Python deletes what it joined, the group is gone first; then all is, for good',
      on(async ({ chords, python, now }) => {
        const chord = aChord(now, { members: someMembers(2) });
        const { groupId } = chord;
        const [a, b] = threeParts(chord, now);
        await chords.create(chord);
        await chords.count(a);
        await python.count(groupId);

        await python.deleteGroup(groupId);
        expect(await chords.read(groupId)).toMatchObject({
          count: 2,
          joined: false,
          members: undefined,
        });
        await python.deleteCounter(groupId);

        expect(await chords.count({ ...b, mayFill: true })).toEqual(gone);
        expect(await chords.claimJoin(aClaim(chord))).toBe('over');
        await chords.markJoined(groupId);
        await chords.prolong(groupId, later(now));
        expect(await chords.read(groupId)).toBeUndefined();
        expect(await python.count(groupId)).toBeUndefined();
      }),
    );
  });

  describe(`${name}: adding a part to a chord`, () => {
    test(
      'it is the last member, for those who restore the group, too; adding it again changes nothing',
      on(async ({ chords, groups, now }) => {
        const chord = aChord(now);
        const { groupId } = chord;
        const [added] = someMembers(1) as [ResultTuple];
        const members = [...chord.members, added];
        await chords.create(chord);
        await chords.count(aPart(chord, now));

        const outcomes = [await chords.add(groupId, added), await chords.add(groupId, added)];

        expect(outcomes).toEqual(['added', 'added']);
        expect(await chords.read(groupId)).toMatchObject({ count: 1, joined: false, members });
        expect((await groups.restore(groupId))?.members).toEqual(members);
      }),
    );

    test(
      'of many that are added at once none is lost',
      on(async ({ chords, now }) => {
        const chord = aChord(now);
        const { groupId } = chord;
        const added = someMembers(6);
        await chords.create(chord);

        await Promise.all(added.map((member) => chords.add(groupId, member)));

        const members = (await chords.read(groupId))?.members ?? [];
        expect(members.slice(0, 3)).toEqual(chord.members);
        expect(members.slice(3).map(String).sort()).toEqual(added.map(String).sort());
      }),
    );

    test(
      'the chord is complete with it alone, and its end stays',
      on(async ({ chords, now }) => {
        const chord = aChord(now, { members: someMembers(1) });
        const { groupId } = chord;
        const [added] = someMembers(1) as [ResultTuple];
        await chords.create(chord);
        const end = (await chords.read(groupId))?.expiresAt;

        await chords.add(groupId, added);

        const first = aPart(chord, now, { sizes: sizesOf(2) });
        expect(await chords.count(first)).toMatchObject(counted(1));
        expect(await chords.count(aPart(chord, now, { sizes: sizesOf(2) }))).toMatchObject(
          wouldFill,
        );
        expect((await chords.read(groupId))?.expiresAt).toBe(end);
      }),
    );

    test(
      'the counter tells no sizes from then on, whatever a part tells it that knows of the old ones',
      on(async ({ chords, python, now }) => {
        const [ours, theirs] = [aChord(now), aChord(now)];
        await chords.create(ours);
        await python.create(theirs.groupId, theirs.members);

        for (const chord of [ours, theirs]) {
          const [added] = someMembers(1) as [ResultTuple];
          const [a, b] = threeParts(chord, now);
          await chords.add(chord.groupId, added);

          expect(await chords.count({ ...b, sizes: undefined })).toEqual(untold);
          expect(await chords.count(a)).toMatchObject(counted(1));
          expect(await chords.count({ ...a, sizes: undefined })).toEqual(untold);
          expect(await chords.count({ ...b, sizes: undefined })).toEqual(untold);
        }
      }),
    );

    test(
      'it is over once the body is published, or the records are gone: nothing is created',
      on(async ({ chords, groups, python, now }) => {
        const [joined, taken, none] = [aChord(now), aChord(now), aChord(now)];
        const [added] = someMembers(1) as [ResultTuple];
        await chords.create(joined);
        await chords.markJoined(joined.groupId);
        await chords.create(taken);
        await python.deleteGroup(taken.groupId);

        for (const { groupId } of [joined, taken, none]) {
          expect(await chords.add(groupId, added)).toBe('over');
        }
        expect(await groups.restore(taken.groupId)).toBeUndefined();
        expect(await chords.read(none.groupId)).toBeUndefined();
      }),
    );
  });

  describe(`${name}: joining a chord`, () => {
    test(
      'of many claimers at once one has it, and has it again; the others wait',
      on(async ({ chords, now }) => {
        const chord = aChord(now);
        await chords.create(chord);
        const claims = Array.from({ length: 6 }, () =>
          aClaim(chord, { claimer: randomUUID(), now: now() }),
        );

        const verdicts = await Promise.all(claims.map((claim) => chords.claimJoin(claim)));
        const again = await Promise.all(claims.map((claim) => chords.claimJoin(claim)));

        expect(verdicts.filter((verdict) => verdict === 'mine')).toHaveLength(1);
        expect(verdicts.filter((verdict) => verdict === 'held')).toHaveLength(5);
        expect(again).toEqual(verdicts);
      }),
    );

    test(
      'a claim of another is taken over once it is so old, and by those alone who may',
      on(async ({ chords, now }) => {
        const chord = aChord(now);
        await chords.create(chord);
        const at = now();
        await chords.claimJoin(aClaim(chord, { claimer: 'a', now: at }));
        const takeOver = (claimer: string, later_: number, takeOverAfterMs?: number) =>
          chords.claimJoin({ ...aClaim(chord, { claimer, now: at + later_ }), takeOverAfterMs });

        expect(await takeOver('b', 59_999, 60_000)).toBe('held');
        expect(await takeOver('b', 600_000)).toBe('held');
        expect(await takeOver('b', 60_000, 60_000)).toBe('mine');
        expect(await takeOver('a', 60_001)).toBe('held');
        expect(await takeOver('c', 119_999, 60_000)).toBe('held');
      }),
    );

    test(
      'claiming again makes a claim young again',
      on(async ({ chords, now }) => {
        const chord = aChord(now);
        await chords.create(chord);
        const at = now();
        await chords.claimJoin(aClaim(chord, { claimer: 'a', now: at }));
        await chords.claimJoin(aClaim(chord, { claimer: 'a', now: at + 30_000 }));

        const other = aClaim(chord, { claimer: 'b', now: at + 60_000, takeOverAfterMs: 60_000 });

        expect(await chords.claimJoin(other)).toBe('held');
      }),
    );

    test(
      'once the body is published it is over, for the one who published it too',
      on(async ({ chords, now }) => {
        const chord = aChord(now);
        await chords.create(chord);
        await chords.claimJoin(aClaim(chord, { claimer: 'a' }));

        await chords.markJoined(chord.groupId);
        await chords.markJoined(chord.groupId);

        expect(await chords.claimJoin(aClaim(chord, { claimer: 'a' }))).toBe('over');
        expect(await chords.claimJoin(aClaim(chord, { claimer: 'b', takeOverAfterMs: 0 }))).toBe(
          'over',
        );
        expect((await chords.read(chord.groupId))?.joined).toBe(true);
      }),
    );

    test(
      'a part that completed the count and counts after the join was claimed may still claim it',
      on(async ({ chords, now }) => {
        const chord = aChord(now, { members: someMembers(1) });
        const [only] = threeParts(chord, now);
        await chords.create(chord);
        await chords.claimJoin(aClaim(chord, { claimer: only.taskId }));

        await chords.count({ ...only, mayFill: true });

        expect(await chords.claimJoin(aClaim(chord, { claimer: only.taskId }))).toBe('mine');
      }),
    );
  });

  describe(`${name}: the end of a chord's records`, () => {
    const elsewhere = (chords: Chords, chord: NewChord) => chords.read(chord.groupId);

    test(
      'moves on with a part that needs them longer, and never back',
      on(async ({ chords, groups, now }) => {
        const chord = aChord(now, { expiresAt: later(now) });
        const [a, b] = threeParts(chord, now);
        await chords.create(chord);

        await chords.count({ ...a, expiresAt: later(now) + 40 * day });
        await chords.count({ ...b, expiresAt: past(now) });
        await chords.prolong(chord.groupId, past(now));

        expect(await elsewhere(chords, chord)).toMatchObject({ count: 2, members: chord.members });
        expect(await groups.restore(chord.groupId)).toBeDefined();
      }),
    );

    test(
      'is one that Python left open: then the records go like all others',
      on(async ({ chords, groups, python, now }) => {
        const chord = aChord(now);
        await python.create(chord.groupId, chord.members);

        await chords.prolong(chord.groupId, past(now));

        expect(await elsewhere(chords, chord)).toBeUndefined();
        expect(await groups.restore(chord.groupId)).toBeUndefined();
      }),
    );
  });
}

function someMembers(count: number): ResultTuple[] {
  return Array.from({ length: count }, () => taskResultTuple(randomUUID()));
}

function aChord(now: () => number, fields: Partial<NewChord> = {}): NewChord {
  return { groupId: randomUUID(), members: someMembers(3), expiresAt: later(now), ...fields };
}

function aPart(chord: NewChord, now: () => number, fields: Partial<ChordPart> = {}): ChordPart {
  return {
    groupId: chord.groupId,
    taskId: randomUUID(),
    sizes: sizesOf(chord.members.length),
    mayFill: false,
    expiresAt: later(now),
    ...fields,
  };
}

function sizesOf(size: number): ChordSizes {
  return { size, listed: size };
}

function threeParts(chord: NewChord, now: () => number): [ChordPart, ChordPart, ChordPart] {
  return [aPart(chord, now), aPart(chord, now), aPart(chord, now)];
}

function aClaim(
  { groupId }: NewChord,
  fields: { claimer?: string; now?: number; takeOverAfterMs?: number } = {},
): Parameters<Chords['claimJoin']>[0] {
  return { groupId, claimer: 'a', now: 0, takeOverAfterMs: undefined, ...fields };
}

function counted(
  count: number,
  { completedIt = false, joined = false }: { completedIt?: boolean; joined?: boolean } = {},
): Partial<CountOutcome> {
  return { kind: 'counted', count, completedIt, joined };
}

function later(now: () => number): number {
  return Math.ceil(now() / 1000) + 28 * day;
}

/** So long ago that no rounding of ends brings it back. */
function past(now: () => number): number {
  return Math.floor(now() / 1000) - 2 * day;
}

import { randomBytes, randomUUID } from 'node:crypto';
import type { NativeCanvas, NativeChord, NativePart, NativeRecord } from '../../ports/index.ts';
import { taskResultTuple, type WireSignature } from '../../protocol/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** A state table for one test, or shared by tests that use ids of their own. */
export interface NativeCanvasFixture extends Fixture {
  readonly nativeCanvas: NativeCanvas;
  /** Milliseconds since the epoch, by the clock that the canvas uses. */
  now(): number;
}

const day = 86_400;

/**
 * The contract of `NativeCanvas` as a suite of vitest. An adapter is finished when it is green.
 *
 * @example await describeNativeCanvas('my canvas', async () => ({ nativeCanvas, now, close }));
 */
export async function describeNativeCanvas(
  name: string,
  createFixture: () => Promise<NativeCanvasFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(createFixture);

  describe(`${name}: records of native canvas`, () => {
    test(
      'a stored chord is read as it was, values of all types in it',
      on(async ({ nativeCanvas, now }) => {
        const chord = aChord({ body: aStep(1, [new Date(0), 2n ** 70n, Uint8Array.of(0, 255)]) });

        await nativeCanvas.begin([recordOf(chord, later(now))]);

        const read = await nativeCanvas.readChord(chord.groupId);
        expect(read?.members).toEqual(chord.members);
        expect(read?.body.args).toEqual([new Date(0), 2n ** 70n, Uint8Array.of(0, 255)]);
      }),
    );

    test(
      'what nobody stored is absent, and nothing makes it by the way',
      on(async ({ nativeCanvas, now }) => {
        const [groupId, id] = [randomUUID(), randomUUID()];

        await nativeCanvas.prolongChord({ groupId, size: 3 }, later(now));
        await nativeCanvas.prolongSteps({ id, left: 3 }, later(now));

        expect(await nativeCanvas.readChord(groupId)).toBeUndefined();
        expect(await nativeCanvas.readSteps({ id, from: 0, to: 1 })).toBeUndefined();
      }),
    );

    test(
      'storing again changes nothing that was counted',
      on(async ({ nativeCanvas, now }) => {
        const chord = aChord();
        const record = recordOf(chord, later(now));
        await nativeCanvas.begin([record]);
        await nativeCanvas.addPart(aPart(chord, 0, now));

        await nativeCanvas.begin([record]);

        expect(await nativeCanvas.addPart(aPart(chord, 1, now))).toBe(false);
        expect(await nativeCanvas.addPart(aPart(chord, 2, now))).toBe(true);
      }),
    );

    test(
      'ten thousand members, and a body larger than an item, are read back whole',
      on(async ({ nativeCanvas, now }) => {
        const members = Array.from({ length: 10_000 }, () => taskResultTuple(randomUUID()));
        const chord = aChord({ members, body: aStep(1, [randomBytes(600_000).toString('hex')]) });

        await nativeCanvas.begin([recordOf(chord, later(now))]);

        const read = await nativeCanvas.readChord(chord.groupId);
        expect(read).toEqual(chord);
      }),
    );

    test(
      'steps are read by their place, one or many',
      on(async ({ nativeCanvas, now }) => {
        const id = randomUUID();
        const steps = Array.from({ length: 120 }, (_, place) => aStep(place));
        await nativeCanvas.begin([{ kind: 'steps', id, steps, expiresAt: later(now) }]);
        const read = (from: number, to: number) => nativeCanvas.readSteps({ id, from, to });

        expect(await read(0, 1)).toEqual([aStep(0)]);
        expect(await read(119, 120)).toEqual([aStep(119)]);
        expect(await read(49, 51)).toEqual([aStep(49), aStep(50)]);
        expect(await read(0, 120)).toEqual(steps);
        expect(await read(119, 121)).toBeUndefined();
      }),
    );

    test(
      'records past their time are absent, and stored anew',
      on(async ({ nativeCanvas, now }) => {
        const [chord, id] = [aChord(), randomUUID()];
        const steps = [aStep(0)];
        await nativeCanvas.begin([
          recordOf(chord, past(now)),
          { kind: 'steps', id, steps, expiresAt: past(now) },
        ]);
        await nativeCanvas.prolongChord({ groupId: chord.groupId, size: 3 }, later(now));
        await nativeCanvas.prolongSteps({ id, left: 1 }, later(now));

        expect(await nativeCanvas.readChord(chord.groupId)).toBeUndefined();
        expect(await nativeCanvas.readSteps({ id, from: 0, to: 1 })).toBeUndefined();

        await nativeCanvas.begin([recordOf(chord, later(now))]);
        expect(await nativeCanvas.readChord(chord.groupId)).toEqual(chord);
      }),
    );
  });

  describe(`${name}: counting parts by number`, () => {
    test.for([1, 2, 99, 100, 101, 250])(
      'of %i parts the last one completes the chord, in whatever order they end',
      async (size) => {
        await on(async ({ nativeCanvas, now }) => {
          const chord = aChord();
          const numbers = Array.from({ length: size }, (_, place) => (place * 7) % size);
          const order = new Set([...numbers, ...numbers.keys()]);

          const outcomes: boolean[] = [];
          for (const number of order) {
            outcomes.push(await nativeCanvas.addPart(aPart(chord, number, now, { size })));
          }

          expect(outcomes).toEqual([...Array.from({ length: size - 1 }, () => false), true]);
        })();
      },
    );

    test(
      'a part counts once, however often it is told; once all are counted, every repeat hears it',
      on(async ({ nativeCanvas, now }) => {
        const chord = aChord();
        const add = (number: number) => nativeCanvas.addPart(aPart(chord, number, now));

        expect([await add(0), await add(0), await add(1), await add(1)]).not.toContain(true);
        expect(await add(2)).toBe(true);
        expect([await add(0), await add(1), await add(2)]).toEqual([true, true, true]);
      }),
    );

    test(
      'of parts that end at once, one at least hears that all are counted',
      on(async ({ nativeCanvas, now }) => {
        const chord = aChord();
        const numbers = Array.from({ length: 130 }, (_, number) => number);

        const outcomes = await Promise.all(
          numbers.map((number) =>
            nativeCanvas.addPart(aPart(chord, number, now, { size: numbers.length })),
          ),
        );

        expect(outcomes).toContain(true);
      }),
    );

    test(
      'what was counted before its time was over does not count any more',
      on(async ({ nativeCanvas, now }) => {
        const chord = aChord();
        await nativeCanvas.addPart(aPart(chord, 0, now, { expiresAt: past(now) }));
        await nativeCanvas.addPart(aPart(chord, 1, now, { expiresAt: past(now) }));

        expect(await nativeCanvas.addPart(aPart(chord, 2, now))).toBe(false);
      }),
    );

    test(
      'the end of a count moves on with a part that needs it longer, and never back',
      on(async ({ nativeCanvas, now }) => {
        const chord = aChord();
        await nativeCanvas.addPart(aPart(chord, 0, now, { expiresAt: later(now) }));

        await nativeCanvas.addPart(aPart(chord, 1, now, { expiresAt: past(now) }));

        expect(await nativeCanvas.addPart(aPart(chord, 2, now))).toBe(true);
      }),
    );
  });
}

function aStep(place: number, args: readonly unknown[] = []): WireSignature {
  return {
    task: `step.${place}`,
    args,
    kwargs: {},
    options: { task_id: `task-${place}` },
    subtask_type: null,
    immutable: false,
  };
}

function aChord(fields: Partial<NativeChord> = {}): NativeChord {
  const members = Array.from({ length: 3 }, () => taskResultTuple(randomUUID()));
  return { groupId: randomUUID(), members, body: aStep(0), ...fields };
}

function recordOf(chord: NativeChord, expiresAt: number): NativeRecord {
  return { kind: 'chord', ...chord, expiresAt };
}

function aPart(
  { groupId }: NativeChord,
  number: number,
  now: () => number,
  fields: Partial<NativePart> = {},
): NativePart {
  return { groupId, number, size: 3, expiresAt: later(now), ...fields };
}

function later(now: () => number): number {
  return Math.ceil(now() / 1000) + 28 * day;
}

/** So long ago that no rounding of ends brings it back. */
function past(now: () => number): number {
  return Math.floor(now() / 1000) - 2 * day;
}

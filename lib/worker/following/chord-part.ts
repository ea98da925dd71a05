import { decodeChordStandIn, leafIds, type WireSignature } from '../../protocol/index.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { checkJoinLater } from './check-later.ts';
import { type ChordInHand, chordKeptUntil, chordSize, latestStart } from './chord-in-hand.ts';
import type { EndedPart } from './fail-step.ts';
import { type Join, joinChord } from './join-chord.ts';
import { returnNativePart } from './native-part.ts';

/**
 * Returns parts to their chords, and those that end because a body fails to theirs: chords lie within chords.
 *
 * @throws OperationalError
 */
export async function returnParts(
  runtime: WorkerRuntime,
  parts: readonly EndedPart[],
): Promise<void> {
  for (const part of parts) {
    const place = decodeChordStandIn(part.chord);
    if (place) await returnParts(runtime, await returnNativePart(runtime, part, place));
    else await finishJoin(runtime, await returnPart(runtime, part));
  }
}

/** Joined is what has been followed to its end: until then every delivery of the part, and the check, joins again. */
export async function finishJoin(runtime: WorkerRuntime, join: Join | undefined): Promise<void> {
  if (!join) return;
  await returnParts(runtime, join.parts);
  await runtime.adapters.chords.markJoined(join.groupId);
}

/**
 * Counts a part; the one that completes the count joins. Before it counts, that part has a check look later whether
 * the chord was joined, so that a crash, or Python's late write, can neither hang it nor fail it falsely:
 *
 *     part 1       count 1                                             time ------>
 *     part 2       may not fill ---> check in 60 s ---> count 2 ---> join: claim, publish the body, mark joined
 *     the check                                                              finds it joined, or joins it itself
 *
 * @see celery.backends.base.KeyValueStoreBackend.on_chord_part_return
 */
async function returnPart(runtime: WorkerRuntime, part: EndedPart): Promise<Join | undefined> {
  const chord = await inHand(runtime, part);
  if (!chord) return undefined;
  const { taskId } = part;
  if (part.byPython) {
    await checkJoinLater(runtime, chord, { round: 0, ripe: false, unsure: true });
    return undefined;
  }
  const { chords } = runtime.adapters;
  const { groupId, size, listed } = chord;
  const expiresAt = chordKeptUntil(chord.body, runtime.clock.now() / 1000);
  const count = (mayFill: boolean) => chords.count({ groupId, taskId, size, mayFill, expiresAt });
  let outcome = await count(false);
  if (outcome.kind === 'wouldFill') {
    await checkJoinLater(runtime, chord, { round: 0, ripe: false, unsure: false });
    outcome = await count(true);
  }
  if (outcome.kind !== 'counted') {
    tellLeftBehind(runtime, part);
    return undefined;
  }
  if (outcome.joined) return undefined;
  if (outcome.completedIt) return await joinChord(runtime, chord, { claimer: taskId });
  if (outcome.count >= Math.min(size, listed)) {
    const unsure = outcome.count < size;
    await checkJoinLater(runtime, chord, { round: 0, ripe: false, unsure });
  }
  return undefined;
}

/** A chord of which Python may have its own idea. */
interface CountedChord extends ChordInHand {
  /**
   * The count at which a Python worker joins, and past which it leaves the chord alone: it takes a group in the header,
   * at the end of a chain there, for one part. Whoever of ours counts that far has a check look.
   */
  readonly listed: number;
}

/** What a part's message tells of its chord; a Python producer may leave the size to the saved group. */
async function inHand(runtime: WorkerRuntime, part: EndedPart): Promise<CountedChord | undefined> {
  const { chord: body, groupId, rootId, headers } = part;
  const sizes = sizesTold(body) ?? (await sizesSaved(runtime, groupId));
  if (sizes === undefined) {
    tellLeftBehind(runtime, part);
    return undefined;
  }
  return { groupId, body, ...sizes, until: latestStart(body), rootId, headers };
}

type Sizes = Pick<CountedChord, 'size' | 'listed'>;

function sizesTold(body: WireSignature): Sizes | undefined {
  const size = chordSize(body);
  return size === undefined ? undefined : { size, listed: size };
}

async function sizesSaved(
  { adapters }: WorkerRuntime,
  groupId: string,
): Promise<Sizes | undefined> {
  const members = (await adapters.chords.read(groupId))?.members;
  return members && { size: leafIds(members).length, listed: members.length };
}

/** Python joined the chord and deleted its records, or their time is over: which of both, nothing tells. */
function tellLeftBehind({ logger }: WorkerRuntime, { taskId, groupId, rootId }: EndedPart): void {
  logger.info('A part of a chord ended after the records of the chord were deleted', {
    id: taskId,
    group: groupId,
    root: rootId,
  });
}

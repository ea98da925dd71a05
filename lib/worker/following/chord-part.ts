import {
  type ChordSizes,
  chordSizes,
  decodeChordStandIn,
  type WireSignature,
} from '../../protocol/index.ts';
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
 * Counts a part, by the sizes that the counter tells, else by the saved group's; the one that completes the count joins.
 * Before it counts, that part has a check look later whether the chord was joined, so that a crash, or Python's late
 * write, can neither hang it nor fail it falsely:
 *
 *     part 1       count 1                                             time ------>
 *     part 2       may not fill ---> check in 60 s ---> count 2 ---> join: claim, publish the body, mark joined
 *     the check                                                              finds it joined, or joins it itself
 *
 * @see celery.backends.base.KeyValueStoreBackend.on_chord_part_return
 */
async function returnPart(runtime: WorkerRuntime, part: EndedPart): Promise<Join | undefined> {
  const { taskId, groupId, chord: body } = part;
  const { chords } = runtime.adapters;
  if (part.byPython) {
    const sizes = sizesInMessage(body) ?? (await sizesSaved(runtime, groupId));
    if (!sizes) return tellLeftBehind(runtime, part);
    await checkJoinLater(runtime, inHand(part, sizes), { round: 0, ripe: false, unsure: true });
    return undefined;
  }
  const expiresAt = chordKeptUntil(body, runtime.clock.now() / 1000);
  const count = (sizes: ChordSizes | undefined, mayFill: boolean) =>
    chords.count({ groupId, taskId, sizes, mayFill, expiresAt });
  let outcome = await count(sizesInMessage(body), false);
  if (outcome.kind === 'untold') {
    const sizes = await sizesSaved(runtime, groupId);
    if (!sizes) return tellLeftBehind(runtime, part);
    outcome = await count(sizes, false);
  }
  if (outcome.kind === 'wouldFill') {
    const { sizes } = outcome;
    await checkJoinLater(runtime, inHand(part, sizes), { round: 0, ripe: false, unsure: false });
    outcome = await count(sizes, true);
  }
  if (outcome.kind !== 'counted') return tellLeftBehind(runtime, part);
  if (outcome.joined) return undefined;
  const { size, listed } = outcome.sizes;
  const chord = inHand(part, outcome.sizes);
  if (outcome.completedIt) return await joinChord(runtime, chord, { claimer: taskId });
  if (outcome.count >= Math.min(size, listed)) {
    const unsure = outcome.count < size;
    await checkJoinLater(runtime, chord, { round: 0, ripe: false, unsure });
  }
  return undefined;
}

function inHand(
  { chord: body, groupId, rootId, headers }: EndedPart,
  { size }: ChordSizes,
): ChordInHand {
  return { groupId, body, size, until: latestStart(body), rootId, headers };
}

/** Rarely there: chords that Celery's other backends count. */
function sizesInMessage(body: WireSignature): ChordSizes | undefined {
  const size = chordSize(body);
  return size === undefined ? undefined : { size, listed: size };
}

/** For those that the counter does not tell: it is Python's, or the chord has grown. */
async function sizesSaved(
  { adapters }: WorkerRuntime,
  groupId: string,
): Promise<ChordSizes | undefined> {
  const members = (await adapters.chords.read(groupId))?.members;
  return members && chordSizes(members);
}

/** Python joined the chord and deleted its records, or their time is over: which of both, nothing tells. */
function tellLeftBehind(
  { logger }: WorkerRuntime,
  { taskId, groupId, rootId }: EndedPart,
): undefined {
  logger.info('A part of a chord ended after the records of the chord were deleted', {
    id: taskId,
    group: groupId,
    root: rootId,
  });
}

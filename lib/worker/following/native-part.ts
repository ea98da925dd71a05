import { ChordError } from '../../errors.ts';
import type { NativeChord } from '../../ports/index.ts';
import { type ChordStandIn, encodeException, leafIds, TaskState } from '../../protocol/index.ts';
import { statusOf } from '../store-state.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { type ChordInHand, keptLater, latestStart } from './chord-in-hand.ts';
import { ChordValues } from './chord-values.ts';
import { failBody } from './fail-body.ts';
import type { EndedPart } from './fail-step.ts';
import { publishBody } from './join-chord.ts';

/**
 * Counts a part by its number. Whoever finds all parts counted publishes the body, under the id that it always has and
 * with a lease: no claim is needed, and no check. A part that is lost in between comes back, and finds them counted again:
 *
 *     part 0        stored, counted                                              time ------>
 *     part 1            stored, counted: complete ---> lost
 *     part 1 again                                           counted: complete ---> publishes the body
 *
 * Answers the parts of other chords that ended because the body failed.
 *
 * @throws OperationalError
 */
export async function returnNativePart(
  runtime: WorkerRuntime,
  part: EndedPart,
  { number, size, ends }: ChordStandIn,
): Promise<readonly EndedPart[]> {
  const { nativeCanvas } = runtime.adapters;
  const { groupId } = part;
  const later = keptLater(ends, runtime.clock.now() / 1000);
  if (later !== undefined) await nativeCanvas.prolongChord({ groupId, size }, later);
  const isFull = await nativeCanvas.addPart({ groupId, number, size, expiresAt: later ?? ends });
  if (!isFull) return [];
  const chord = await nativeCanvas.readChord(groupId);
  return chord ? await join(runtime, part, chord, size) : await failLost(runtime, part, size);
}

async function join(
  runtime: WorkerRuntime,
  part: EndedPart,
  { members, body }: NativeChord,
  size: number,
): Promise<readonly EndedPart[]> {
  const chord: ChordInHand = { ...inHand(part, size), body };
  if (await isPublished(runtime, chord)) return [];
  const items = await runtime.adapters.results.read(leafIds(members));
  const values = await ChordValues.read(runtime, members, items);
  return values.failure
    ? await failBody(runtime, chord, values.failure)
    : await publishBody(runtime, chord, values.list, part.taskId);
}

/**
 * A duplicate of a part spares itself the results of all others. A failure of the body may be the chord's, whose errbacks
 * were perhaps not called yet: that is done again.
 */
async function isPublished(
  { adapters }: WorkerRuntime,
  { body: { options, subtask_type } }: ChordInHand,
): Promise<boolean> {
  const id: unknown = subtask_type === null ? options.task_id : undefined;
  if (typeof id !== 'string') return false;
  const item = (await adapters.results.read([id])).get(id);
  const status = item && statusOf(item);
  return status !== undefined && status !== TaskState.FAILURE;
}

/** The stand-in has the id that the chord's caller waits for. */
async function failLost(
  runtime: WorkerRuntime,
  part: EndedPart,
  size: number,
): Promise<readonly EndedPart[]> {
  const chordError = new ChordError(
    `The body of chord ${part.groupId} is gone: its time was over, or somebody deleted it`,
  );
  const original = encodeException(chordError).exception;
  return await failBody(runtime, inHand(part, size), { chordError, original });
}

function inHand({ groupId, chord: body, rootId, headers }: EndedPart, size: number): ChordInHand {
  return { groupId, body, size, until: latestStart(body), rootId, headers, native: true };
}

import { failedBody, failedSteps } from '../../canvas/index.ts';
import {
  decodeChordStandIn,
  leafIds,
  type ResultTuple,
  type TaskMessage,
  type WireSignature,
} from '../../protocol/index.ts';
import type { Runnable } from '../incoming.ts';
import { withPayload } from '../with-payload.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { chordKeptUntil, latestStart } from './chord-in-hand.ts';
import { mayFollow } from './ended.ts';
import { allSteps, prolongSteps, withAllSteps } from './stored-steps.ts';

/** What a chord needs is kept for weeks past its latest known start: so much later may a part start without a word. */
const lateSeconds = 7 * 86_400;

/**
 * Has the records of the chords that a task is a part of, and the results of their other parts, last until the task can
 * have run: for one that starts so late that its chords did not know of it.
 *
 * Whoever parks does it, and parks again every seven days: parts that end meanwhile are kept by the next time.
 *
 * @throws OperationalError
 */
export async function prolongChords(
  runtime: WorkerRuntime,
  runnable: Runnable,
  eta: Date,
): Promise<void> {
  const start = eta.getTime() / 1000;
  const now = runtime.clock.now() / 1000;
  if (start <= now + lateSeconds || !mayFollow(runnable.message)) return;
  const loaded = await withPayload(runtime, runnable);
  if (loaded.kind === 'refused') return;
  await prolongSteps(runtime, loaded.message, start);
  for (const [groupId, body] of await chordsOf(runtime, loaded.message)) {
    if (start <= latestStart(body) + lateSeconds) continue;
    const expiresAt = chordKeptUntil(body, start);
    const members = await prolongRecords(runtime, groupId, body, expiresAt);
    await runtime.adapters.results.prolong(leafIds(members), expiresAt);
  }
}

/** Answers the members of the chord. */
async function prolongRecords(
  { adapters: { chords, nativeCanvas } }: WorkerRuntime,
  groupId: string,
  body: WireSignature,
  expiresAt: number,
): Promise<readonly ResultTuple[]> {
  const place = decodeChordStandIn(body);
  if (place) await nativeCanvas.prolongChord({ groupId, size: place.size }, expiresAt);
  else await chords.prolong(groupId, expiresAt);
  const record = await (place ? nativeCanvas.readChord(groupId) : chords.read(groupId));
  return record?.members ?? [];
}

/** A part of a chord: by its own message, or as a step that is still to come. */
interface Part {
  readonly chord: WireSignature | null;
  readonly groupId: string | null;
}

/** The bodies of the chords that wait for a task, by group: its own, those of later steps, and those that wait for these. */
async function chordsOf(
  runtime: WorkerRuntime,
  { embed, group }: TaskMessage,
): Promise<ReadonlyMap<string, WireSignature>> {
  const found = new Map<string, WireSignature>();
  const steps = await allSteps(runtime, embed.chain ?? []);
  const parts: Part[] = [{ chord: embed.chord, groupId: group }, ...failedSteps(steps)];
  // A list that grows while it is walked: a body may be a part itself.
  for (const { chord, groupId } of parts) {
    if (!chord || groupId === null || found.has(groupId)) continue;
    found.set(groupId, chord);
    parts.push(...failedBody(await wholeBody(runtime, groupId, chord)));
  }
  return found;
}

/** The body that a stand-in stands for, all that is to follow it at hand. */
async function wholeBody(
  runtime: WorkerRuntime,
  groupId: string,
  chord: WireSignature,
): Promise<WireSignature> {
  const stored = decodeChordStandIn(chord)
    ? await runtime.adapters.nativeCanvas.readChord(groupId)
    : undefined;
  return await withAllSteps(runtime, stored?.body ?? chord);
}

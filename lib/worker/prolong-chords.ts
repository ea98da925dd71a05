import { failedBody, failedSteps } from '../canvas/index.ts';
import { leafIds, type TaskMessage, type WireSignature } from '../protocol/index.ts';
import { chordKeptUntil, latestStart } from './chord-in-hand.ts';
import { mayFollow } from './ended.ts';
import type { Runnable } from './incoming.ts';
import { withPayload } from './with-payload.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

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
  const { chords, results } = runtime.adapters;
  for (const [groupId, body] of chordsOf(loaded.message)) {
    if (start <= latestStart(body) + lateSeconds) continue;
    const expiresAt = chordKeptUntil(body, start);
    await chords.prolong(groupId, expiresAt);
    const members = (await chords.read(groupId))?.members ?? [];
    await results.prolong(leafIds(members), expiresAt);
  }
}

/** A part of a chord: by its own message, or as a step that is still to come. */
interface Part {
  readonly chord: WireSignature | null;
  readonly groupId: string | null;
}

/** The bodies of the chords that wait for a task, by group: its own, those of later steps, and those that wait for these. */
function chordsOf({ embed, group }: TaskMessage): ReadonlyMap<string, WireSignature> {
  const found = new Map<string, WireSignature>();
  const parts: Part[] = [{ chord: embed.chord, groupId: group }, ...failedSteps(embed.chain ?? [])];
  // A list that grows while it is walked: a body may be a part itself.
  for (const { chord, groupId } of parts) {
    if (!chord || groupId === null || found.has(groupId)) continue;
    found.set(groupId, chord);
    parts.push(...failedBody(chord));
  }
  return found;
}

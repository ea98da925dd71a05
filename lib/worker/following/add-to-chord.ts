import { checkChordSize } from '../../app/chord-room.ts';
import { derivedIds, planAddition } from '../../canvas/index.ts';
import { ChordError, ImproperlyConfigured } from '../../errors.ts';
import { leafIds, type ResultTuple, type WireSignature } from '../../protocol/index.ts';
import type { Runnable } from '../incoming.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { checkJoinLater } from './check-later.ts';
import { chordSize, latestStart } from './chord-in-hand.ts';
import { parentOf } from './follow-success.ts';

/** What a run added before. */
export interface Additions {
  /** How often it asked for it: the same run of the same code adds the same ids. */
  readonly place: number;
  readonly added: readonly ResultTuple[];
}

/**
 * Adds a part to the chord of a running task, then sends it. While the task runs its own part is not counted, so that the
 * chord cannot be complete before it has grown:
 *
 *     the adder   check in 60 s ---> a member more ---> sent ---> ... ends, is counted      time ------>
 *     crash                                        x    redelivered: the same member, sent again
 *     the check   looks until the chord is joined: a member that was never sent fails it in the end
 *
 * @throws ImproperlyConfigured, ChordError, as `Task.applyAsync`
 * @see celery.app.task.Task.add_to_chord
 */
export async function addToChord(
  runtime: WorkerRuntime,
  { message, attempt }: Runnable,
  signature: WireSignature,
  { place, added: before }: Additions,
): Promise<ResultTuple> {
  const { app, adapters } = runtime;
  const { chords } = adapters;
  const { id, embed, group: groupId, headers } = message;
  const ids = derivedIds(id, attempt, 'chord', place);
  const taken = [id, ...leafIds(before)];
  const plan = planAddition(message, signature, ids, app.planContext(), taken);
  const { chord: body } = embed;
  if (!body || groupId === null) throw new ImproperlyConfigured(`Task ${id} is no part of a chord`);
  if (chordSize(body) !== undefined) throw sizeIsTold(groupId);
  const prepared = await app.preparePlans([plan], parentOf(message));
  const members = (await chords.read(groupId))?.members ?? [];
  checkChordSize(groupId, [...members, plan.result]);
  if (place === 0) {
    const rootId = message.rootId ?? id;
    const chord = {
      groupId,
      body,
      size: members.length,
      until: latestStart(body),
      rootId,
      headers,
    };
    await checkJoinLater(runtime, chord, { round: 0, ripe: false, unsure: true });
  }
  const added = await chords.add(groupId, plan.result);
  if (added === 'over') {
    throw new ChordError(
      `Nothing can be added to chord ${groupId}: it is joined, or its records are gone`,
    );
  }
  await prepared.publish({ again: true });
  return plan.result;
}

/** Parts that are on their way count to the size in their messages, whatever is added: so they do in native mode. */
function sizeIsTold(groupId: string): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `Nothing can be added to chord ${groupId}: the messages of its parts say how many there are, as they do with ` +
      "canvasMode: 'native'. Send the chord with 'compatible', or let a step after it send the rest",
  );
}

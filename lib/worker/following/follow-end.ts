import { hasFollowing, TaskState } from '../../protocol/index.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { returnParts } from './chord-part.ts';
import type { Ended } from './ended.ts';
import type { EndedPart } from './fail-step.ts';
import { followFailure } from './follow-failure.ts';
import { type Following, followSuccessAgain } from './follow-success.ts';

/**
 * Does what follows a final state that is stored: callbacks and the next step, or the failure of all later ones and
 * errbacks, then the part of the chord. Every id made on the way is derived, so that doing it twice is harmless.
 *
 * @param following As it was prepared before the state was stored; default: prepared anew.
 * @throws OperationalError, and what `prepareFollowing` throws
 * @see celery.app.trace.build_tracer
 */
export async function followEnd(
  runtime: WorkerRuntime,
  ended: Ended,
  following?: Following,
): Promise<void> {
  if (!hasFollowing(ended.message.embed)) return;
  const parts = ended.status === TaskState.SUCCESS ? [] : await followFailure(runtime, ended);
  if (ended.status === TaskState.SUCCESS) await followSuccess(runtime, ended, following);
  await returnParts(runtime, [...partOf(ended), ...parts]);
}

async function followSuccess(
  runtime: WorkerRuntime,
  { message, result, attempt, byPython }: Ended,
  following: Following | undefined,
): Promise<void> {
  if (following) await following.prepared.publish();
  else if (!byPython) await followSuccessAgain(runtime, message, result, attempt);
}

function partOf({ message, byPython }: Ended): readonly EndedPart[] {
  const { id, group, rootId, headers, embed } = message;
  if (!embed.chord || group === null) return [];
  return [
    { taskId: id, groupId: group, chord: embed.chord, rootId: rootId ?? id, headers, byPython },
  ];
}

import { failedBody } from '../../canvas/index.ts';
import { TaskState } from '../../protocol/index.ts';
import { failureWithoutTraceback, type StateContent } from '../state-document.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { callErrbacks } from './call-errbacks.ts';
import type { ChordInHand } from './chord-in-hand.ts';
import type { ChordFailure } from './chord-values.ts';
import { type EndedPart, failStep } from './fail-step.ts';
import { withAllSteps } from './stored-steps.ts';

/**
 * Fails a chord's body and all that was to follow it: `ChordError` for a task, what the part failed with for the members
 * of a group. Answers the parts of other chords that ended with it.
 *
 * @see celery.backends.base.Backend.chord_error_from_stack
 */
export async function failBody(
  runtime: WorkerRuntime,
  { body, rootId, headers }: ChordInHand,
  { chordError, original }: ChordFailure,
): Promise<readonly EndedPart[]> {
  const failure = failureWithoutTraceback(chordError);
  const originalFailure: StateContent = {
    status: TaskState.FAILURE,
    result: original,
    traceback: null,
  };
  const workflow = { rootId, headers };
  const parts: EndedPart[] = [];
  for (const step of failedBody(await withAllSteps(runtime, body))) {
    const inGroup = body.subtask_type === 'group';
    parts.push(...(await failStep(runtime, step, inGroup ? originalFailure : failure, workflow)));
    await callErrbacks(
      runtime,
      { id: step.taskId, task: step.task, ...workflow },
      step.errbacks,
      0,
    );
  }
  return parts;
}

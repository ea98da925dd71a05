import { failedSteps } from '../../canvas/index.ts';
import { TaskState } from '../../protocol/index.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { callErrbacks } from './call-errbacks.ts';
import type { Ended } from './ended.ts';
import { type EndedPart, failStep } from './fail-step.ts';
import { allSteps } from './stored-steps.ts';

/**
 * Fails every later step of a chain, and has errbacks called. Answers the parts of chords that ended with it.
 *
 * @see celery.backends.base.Backend.mark_as_failure
 */
export async function followFailure(
  runtime: WorkerRuntime,
  ended: Ended,
): Promise<readonly EndedPart[]> {
  const { message, result, traceback, byPython, status, attempt } = ended;
  const exception = { status: TaskState.FAILURE, result, traceback };
  const { id, task, headers, embed } = message;
  const workflow = { rootId: message.rootId ?? id, headers };
  const parts: EndedPart[] = [];
  for (const step of failedSteps(await allSteps(runtime, embed.chain ?? []))) {
    parts.push(...(await failStep(runtime, step, exception, workflow)));
  }
  if (status === TaskState.FAILURE && !byPython) {
    await callErrbacks(runtime, { id, task, message, ...workflow }, embed.errbacks ?? [], attempt);
  }
  return parts;
}

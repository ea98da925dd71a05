import type { FailedStep } from '../../canvas/index.ts';
import { attemptNumber, type WireSignature } from '../../protocol/index.ts';
import { type StateContent, stateDocument } from '../state-document.ts';
import { storeState } from '../store-state.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';

/** The workflow that a task belongs to. */
export interface Workflow {
  readonly rootId: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A part of a chord that has ended. */
export interface EndedPart extends Workflow {
  readonly taskId: string;
  readonly groupId: string;
  /** The chord's body, as the part's message embeds it. */
  readonly chord: WireSignature;
  /** A Python worker stored it: whether it has counted it, nobody here can know. */
  readonly byPython: boolean;
}

/**
 * Stores a failure under the id of a task that will never run. Answers the part of a chord that ended with it.
 *
 * @throws OperationalError
 */
export async function failStep(
  runtime: WorkerRuntime,
  { taskId, chord, groupId, replacedTaskNesting }: FailedStep,
  exception: StateContent,
  { rootId, headers }: Workflow,
): Promise<readonly EndedPart[]> {
  const attempt = attemptNumber({ retries: 0, replacedTaskNesting });
  const unsent = { id: taskId, attempt, generation: 0 };
  const state = stateDocument(runtime, unsent, exception);
  await storeState(runtime, unsent, { ...state, seen: undefined, partOf: chord });
  if (!chord || groupId === null) return [];
  return [{ taskId, groupId, chord, rootId, headers, byPython: false }];
}

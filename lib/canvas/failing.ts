import { isDeepStrictEqual } from 'node:util';
import type { WireSignature } from '../protocol/index.ts';
import { fitsItemKey } from '../protocol/item-keys.ts';
import { listOf } from './draft.ts';

/** A task that will never run: its id gets the failure, and where it is a part of a chord it counts as one. */
export interface FailedStep {
  readonly taskId: string;
  /** The body of the chord that it is a part of. */
  readonly chord: WireSignature | null;
  readonly groupId: string | null;
  /** How often it was replaced before. */
  readonly replacedTaskNesting: number;
}

/** As {@link FailedStep}, where the failure is the task's own: its errbacks are called. */
export interface FailedTask extends FailedStep {
  /** Its name. */
  readonly task: string;
  readonly errbacks: readonly WireSignature[];
}

/**
 * The tasks that fail with a step before them: a chord's body stands for the chord, a group's members for the group.
 * Their errbacks are not called.
 *
 * @param chain The rest, reversed, as messages embed it.
 * @see celery.backends.base.Backend._fail_chain
 */
export function failedSteps(chain: readonly WireSignature[]): readonly FailedStep[] {
  return chain.toReversed().flatMap((step) => resultTasks(step));
}

/**
 * The tasks that fail with the header of a chord: its body, each member of a group, and what was to follow it.
 *
 * @see celery.backends.base.Backend.chord_error_from_stack
 */
export function failedBody(body: WireSignature): readonly FailedTask[] {
  const rest = listOf(body.options.chain).toReversed();
  return [...resultTasks(body), ...rest.flatMap((step) => resultTasks(step).map(unheard))];
}

/**
 * Every task whose result somebody may wait for, with the errbacks that its failure calls.
 *
 * @param errbacks Those of what it stands in.
 * @see celery.backends.base._result_errbacks
 */
function resultTasks(
  signature: WireSignature,
  errbacks: readonly WireSignature[] = [],
): readonly FailedTask[] {
  const { kwargs, options, task } = signature;
  const called = distinct([...listOf(options.link_error), ...errbacks]);
  switch (signature.subtask_type) {
    case 'chord':
      return resultTasks(kwargs.body as WireSignature, called);
    case 'group':
      return partsOf(kwargs).flatMap((member) => resultTasks(member, called));
    case 'chain':
      return chainTasks(partsOf(kwargs), called);
    default:
      return isText(options.task_id) && fitsItemKey(options.task_id)
        ? [{ taskId: options.task_id, task, errbacks: called, ...placeOf(options) }]
        : [];
  }
}

/** A chain's errbacks are called for its last step, and those of its steps, none of which ran, are not. */
function chainTasks(
  steps: readonly WireSignature[],
  errbacks: readonly WireSignature[],
): readonly FailedTask[] {
  const last = steps.at(-1);
  const earlier = steps.slice(0, -1).flatMap((step) => resultTasks(step));
  const final = last ? resultTasks(last) : [];
  return [...earlier.map(unheard), ...final.map((task) => ({ ...task, errbacks }))];
}

function unheard(task: FailedTask): FailedTask {
  return { ...task, errbacks: [] };
}

function partsOf({ tasks }: WireSignature['kwargs']): readonly WireSignature[] {
  return tasks as readonly WireSignature[];
}

function placeOf({
  chord,
  group_id,
  replaced_task_nesting,
}: WireSignature['options']): Omit<FailedStep, 'taskId'> {
  return {
    chord: (chord as WireSignature | null | undefined) ?? null,
    groupId: isText(group_id) ? group_id : null,
    replacedTaskNesting: Number(replaced_task_nesting ?? 0),
  };
}

function distinct(errbacks: readonly WireSignature[]): readonly WireSignature[] {
  return errbacks.filter(
    (errback, index) => errbacks.findIndex((other) => isDeepStrictEqual(other, errback)) === index,
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

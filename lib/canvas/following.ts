import type { WireSignature } from '../protocol/index.ts';
import type { Application, CanvasPlan, NextId, PlanContext } from './plan.ts';
import { planOne } from './plan-canvas.ts';

/**
 * The callbacks of a task that succeeded: one is applied as it is; of several, the groups, then all others as one new
 * group.
 *
 * @param value Put in front of their arguments.
 * @param application The task that succeeded, as `parentId`, and its root.
 * @see celery.app.trace._dispatch_callbacks_and_chain
 */
export function planCallbacks(
  callbacks: readonly WireSignature[],
  value: unknown,
  application: Application,
  nextId: NextId,
  context: PlanContext = {},
): readonly CanvasPlan[] {
  const call = { ...application, args: [value] };
  const groups = callbacks.filter(({ subtask_type }) => subtask_type === 'group');
  const others = callbacks.filter(({ subtask_type }) => subtask_type !== 'group');
  const applied = callbacks.length > 1 ? [...groups, ...asGroup(others)] : callbacks;
  return applied.map((callback) => planFollower(callback, call, nextId, context));
}

/**
 * The next step of a chain, which gets the rest as its option `chain`: a chord hands it to its body.
 *
 * @param chain The rest, reversed, as messages embed it.
 * @param value Put in front of the step's arguments.
 * @returns undefined after the last step.
 * @see celery.app.trace._dispatch_callbacks_and_chain
 */
export function planNextStep(
  chain: readonly WireSignature[],
  value: unknown,
  application: Application,
  nextId: NextId,
  context: PlanContext = {},
): CanvasPlan | undefined {
  const next = chain.at(-1);
  if (!next) return undefined;
  const options = { ...application.options, chain: chain.slice(0, -1) };
  return planFollower(next, { ...application, args: [value], options }, nextId, context);
}

/**
 * The body of a chord whose parts have all succeeded.
 *
 * @param values The parts' values, in order.
 * @param application The part that came last, as `parentId`, and its root.
 * @see celery.backends.base.KeyValueStoreBackend.on_chord_part_return
 */
export function planBody(
  body: WireSignature,
  values: readonly unknown[],
  application: Application,
  nextId: NextId,
  context: PlanContext = {},
): CanvasPlan {
  return planOne(body, { ...application, args: [values] }, nextId, context);
}

/**
 * The errbacks of a task that failed, as one new group, each with the failed task's id in front.
 *
 * @param application The failed task, as `parentId`, and its root.
 * @see celery.backends.base.Backend._call_task_errbacks
 */
export function planErrbacks(
  errbacks: readonly WireSignature[],
  failedId: string,
  application: Application,
  nextId: NextId,
  context: PlanContext = {},
): CanvasPlan {
  const group = groupOf(errbacks);
  const { rootId = failedId, parentId = failedId } = application;
  const options = { ...application.options, parent_id: parentId, root_id: rootId };
  return planOne(group, { ...application, args: [failedId], options }, nextId, context);
}

/** Celery names the parent, the root and the priority as options, so that a chord's body has them, too. */
function planFollower(
  signature: WireSignature,
  application: Application,
  nextId: NextId,
  context: PlanContext,
): CanvasPlan {
  const { parentId: parent_id = null, rootId: root_id = null } = application;
  const options = { priority: null, ...application.options, parent_id, root_id };
  return planOne(signature, { ...application, options }, nextId, context);
}

function asGroup(signatures: readonly WireSignature[]): readonly WireSignature[] {
  return signatures.length > 0 ? [groupOf(signatures)] : [];
}

function groupOf(tasks: readonly WireSignature[]): WireSignature {
  return {
    task: 'celery.group',
    args: [],
    kwargs: { tasks },
    options: {},
    subtask_type: 'group',
    immutable: false,
  };
}

import { isA, Retry } from '../errors.ts';
import { TaskState } from '../protocol/index.ts';
import type { Hooks } from './hooks.ts';
import type { RegisteredTask } from './registered-task.ts';
import type { TaskRequest } from './request.ts';
import type { SignalName, TaskSignal } from './signals.ts';

/** How a task ended, or a run of it. */
export interface TaskEnding {
  readonly task: RegisteredTask;
  readonly request: TaskRequest;
  /** Its state; `IGNORED`, `REQUEUED`, or `REJECTED` in an eager run, where none is stored. */
  readonly state: string;
  /** The value, or what was thrown. */
  readonly retval: unknown;
  readonly traceback: string | null;
  /** false: it ended without a run, revoked or lost. */
  readonly ran: boolean;
}

const endSignals: readonly SignalName[] = [
  'taskPostrun',
  'taskSuccess',
  'taskFailure',
  'taskRetry',
  'taskRevoked',
];

/** Whether anybody wants to hear how this task ends. */
export function hearsEnd(hooks: Hooks, { options }: RegisteredTask): boolean {
  const { onSuccess, onFailure, onRetry, afterReturn } = options;
  return Boolean(
    onSuccess || onFailure || onRetry || afterReturn || endSignals.some((one) => hooks.hears(one)),
  );
}

/**
 * Tells the task's own handlers, then the signals, in Celery's order. Never rejects.
 *
 * @see celery.app.trace.build_tracer
 */
export async function tellEnd(hooks: Hooks, end: TaskEnding): Promise<void> {
  await tellState(hooks, end);
  if (!end.ran) return;
  const { task, request, state, retval, traceback } = end;
  const { afterReturn } = task.options;
  if (afterReturn && returnedStates.has(state)) {
    const { id, args, kwargs } = request;
    await hooks.guard(`afterReturn of ${task.name}`, () =>
      afterReturn(state, retval, id, args, kwargs, traceback),
    );
  }
  await hooks.tell('taskPostrun', { ...signalOf(end), state, retval });
}

/** @see celery.app.trace.IGNORE_STATES */
const returnedStates: ReadonlySet<string> = new Set([
  TaskState.SUCCESS,
  TaskState.FAILURE,
  TaskState.REVOKED,
]);

async function tellState(hooks: Hooks, end: TaskEnding): Promise<void> {
  const { task, request, retval, traceback } = end;
  const { id, args, kwargs } = request;
  const { onSuccess, onFailure, onRetry } = task.options;
  const guard = (what: string, run: () => unknown) => hooks.guard(`${what} of ${task.name}`, run);
  switch (end.state) {
    case TaskState.SUCCESS:
      if (onSuccess) await guard('onSuccess', () => onSuccess(retval, id, args, kwargs));
      return await hooks.tell('taskSuccess', { ...signalOf(end), result: retval });
    case TaskState.FAILURE:
      if (onFailure) await guard('onFailure', () => onFailure(retval, id, args, kwargs, traceback));
      return await hooks.tell('taskFailure', { ...signalOf(end), exception: retval, traceback });
    case TaskState.RETRY: {
      const reason = isA(retval, Retry) ? retval : new Retry(retval, null);
      const { exc = reason } = reason;
      if (onRetry) await guard('onRetry', () => onRetry(exc, id, args, kwargs, traceback));
      return await hooks.tell('taskRetry', { ...signalOf(end), reason });
    }
    case TaskState.REVOKED: {
      const expired = isA(retval, Error) && retval.message === 'expired';
      return await hooks.tell('taskRevoked', { ...signalOf(end), terminated: end.ran, expired });
    }
  }
}

/** What every signal of a task tells. */
export function signalOf({ task, request }: Pick<TaskEnding, 'task' | 'request'>): TaskSignal {
  const { id: taskId, args, kwargs } = request;
  return { sender: task.name, task, taskId, args, kwargs, request };
}

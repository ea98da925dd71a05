import { createHash } from 'node:crypto';

/** What makes a parked message the same as another: one wait of one attempt of one task, in one life of one copy. */
export interface Wait {
  /** The same for all copies of a task. */
  readonly taskId: string;
  /** What names this copy, where several queues have one of the task. */
  readonly copy?: string | undefined;
  readonly attempt: number;
  readonly generation: number;
  /** When it comes home, in milliseconds since the epoch. */
  readonly fireAt: number;
}

/**
 * Name of the schedule that brings a parked message home: the same for all copies of it, so that they park once.
 * At most 64 letters, digits, `-`, `_` and `.`, as EventBridge Scheduler wants it.
 */
export function scheduleName({ taskId, copy, attempt, generation, fireAt }: Wait): string {
  const wait = `${schedulePrefix(taskId)}${attempt}.${generation}-${Math.floor(fireAt / 60_000)}`;
  return copy === undefined ? wait : `${wait}-${hash(copy, 'base64url').slice(0, 10)}`;
}

/** What the names of a task's schedules begin with, those of all its copies, and no other's. */
export function schedulePrefix(taskId: string): string {
  return `${hash(taskId, 'hex').slice(0, 32)}-`;
}

function hash(text: string, encoding: 'hex' | 'base64url'): string {
  return createHash('sha256').update(text).digest(encoding);
}

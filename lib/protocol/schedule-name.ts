import { createHash } from 'node:crypto';

/** What makes a parked message the same as another: one wait of one attempt of one task, in one life. */
export interface Wait {
  readonly taskId: string;
  readonly attempt: number;
  readonly generation: number;
  /** When it comes home, in milliseconds since the epoch. */
  readonly fireAt: number;
}

/**
 * Name of the schedule that brings a parked message home: the same for all copies of it, so that they park once.
 * At most 64 letters, digits, `-`, `_` and `.`, as EventBridge Scheduler wants it.
 */
export function scheduleName({ taskId, attempt, generation, fireAt }: Wait): string {
  return `${schedulePrefix(taskId)}${attempt}.${generation}-${Math.floor(fireAt / 60_000)}`;
}

/** What the names of a task's schedules begin with, and no other's. */
export function schedulePrefix(taskId: string): string {
  return `${createHash('sha256').update(taskId).digest('hex').slice(0, 32)}-`;
}

import type { Clock } from './clock.ts';

/** A stamp of a task: the header's name and one of its values. @see celery.canvas.StampingVisitor */
export interface Stamp {
  readonly header: string;
  /** Any JSON value. */
  readonly value: unknown;
}

/** What a revoke may name of a task. */
export interface Revocable {
  readonly taskId: string;
  readonly stamps: readonly Stamp[];
}

/** What is to be revoked: these tasks, and all that carry one of these stamps. */
export interface RevokeTargets {
  readonly taskIds: readonly string[];
  readonly stamps: readonly Stamp[];
}

export interface RevokeRecord {
  /** Those that run are to end, too. Kept apart, so that a later revoke without it takes nothing back. */
  readonly terminate: boolean;
  /** Unix seconds after which the record may go. */
  readonly expiresAt: number;
}

/** Longer than a message can be parked (7 days) and then wait in its queue (14 days), in seconds. */
const revokeKeptSeconds = 30 * 86_400;

/** The record of a revoke made now. */
export function revokeRecord(clock: Pick<Clock, 'now'>, terminate: boolean): RevokeRecord {
  return { terminate, expiresAt: Math.ceil(clock.now() / 1000) + revokeKeptSeconds };
}

/** What was revoked, on record for every worker, those of tomorrow included. @throws OperationalError in every verb */
export interface Revocations {
  /** Answered: every start that is admitted from now on knows of it. */
  revoke(targets: RevokeTargets, record: RevokeRecord): Promise<void>;

  /** Which of these are revoked, by task id; sees every revoke that was answered before. */
  revoked(tasks: readonly Revocable[]): Promise<ReadonlySet<string>>;

  /** Which of these are to end though they run, by task id; may be some seconds behind. */
  terminated(tasks: readonly Revocable[]): Promise<ReadonlySet<string>>;
}

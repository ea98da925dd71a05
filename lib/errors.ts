import { nearestName } from './protocol/nearest-name.ts';
import { thrownText } from './protocol/thrown-text.ts';

/** What every error of this library descends from. Branch on `instanceof` or on the literal `name`. */
export class CeleryError extends Error {
  override readonly name: string = 'CeleryError';
}

/** The application is set up wrongly: what is missing or contradictory, and the ways out. */
export class ImproperlyConfigured extends CeleryError {
  override readonly name = 'ImproperlyConfigured';
}

/** A task name that nobody registered. @see celery.exceptions.NotRegistered */
export class NotRegistered extends CeleryError {
  override readonly name = 'NotRegistered';
  readonly task: string;

  constructor(task: string) {
    super(task);
    this.task = task;
  }
}

/** A queue that the endpoints do not list. @see celery.exceptions.QueueNotFound */
export class QueueNotFound extends CeleryError {
  override readonly name = 'QueueNotFound';
  readonly queue: string;

  constructor(queue: string, queues: Iterable<string>) {
    const known = [...queues];
    const nearest = known.length > 1 ? `; the nearest is '${nearestName(queue, known)}'` : '';
    super(
      `Queue '${queue}' is not one of this application's queues: ${known.join(', ') || 'none'}${nearest}`,
    );
    this.queue = queue;
  }
}

/** A value that cannot be written: where it stands and why. @see kombu.exceptions.EncodeError */
export class EncodeError extends CeleryError {
  override readonly name = 'EncodeError';
}

/** A text that cannot be read: where and why. @see kombu.exceptions.DecodeError */
export class DecodeError extends CeleryError {
  override readonly name = 'DecodeError';
}

/** A payload kept elsewhere that cannot be used: it is not where this application keeps its own, is gone, or was changed. */
export class PayloadError extends CeleryError {
  override readonly name = 'PayloadError';
}

/** A content type that `acceptContent` does not allow. @see kombu.exceptions.ContentDisallowed */
export class ContentDisallowed extends CeleryError {
  override readonly name = 'ContentDisallowed';
  readonly contentType: string;

  constructor(contentType: string, accepted: Iterable<string>) {
    super(`Refusing content of type ${contentType}: accepted are ${[...accepted].join(', ')}`);
    this.contentType = contentType;
  }
}

/** `result.get({ timeout })` ran out of time; the task goes on. @see celery.exceptions.TimeoutError */
export class TimeoutError extends CeleryError {
  override readonly name = 'TimeoutError';
}

/** The task was revoked, or expired before it could start. @see celery.exceptions.TaskRevokedError */
export class TaskRevokedError extends CeleryError {
  override readonly name = 'TaskRevokedError';
}

/** The task was started `maxAttempts` times and never heard of again. @see billiard WorkerLostError */
export class WorkerLostError extends CeleryError {
  override readonly name = 'WorkerLostError';
}

/** A part of a chord failed, so its body never runs: which, and with what. @see celery.exceptions.ChordError */
export class ChordError extends CeleryError {
  override readonly name = 'ChordError';
}

/** A broker, store or scheduler refused or did not answer; `cause` has its error. @see kombu.exceptions.OperationalError */
export class OperationalError extends CeleryError {
  override readonly name = 'OperationalError';
}

/** More retries than `maxRetries` allows. @see celery.exceptions.MaxRetriesExceededError */
export class MaxRetriesExceededError extends CeleryError {
  override readonly name = 'MaxRetriesExceededError';
}

/** A task took longer than its soft limit; it may catch this to clean up. @see billiard SoftTimeLimitExceeded */
export class SoftTimeLimitExceeded extends CeleryError {
  override readonly name = 'SoftTimeLimitExceeded';
  /** Python raises it without arguments. */
  readonly args: readonly unknown[] = [];
}

/** A task took longer than its hard limit and was abandoned. @see billiard TimeLimitExceeded */
export class TimeLimitExceeded extends CeleryError {
  override readonly name = 'TimeLimitExceeded';
  /** Seconds. */
  readonly args: readonly unknown[];

  constructor(limit: number) {
    super(`The task took longer than its hard limit of ${limit} seconds`);
    this.args = [limit];
  }
}

/**
 * What a task throws to say something about itself that is no failure: `Retry`, `Ignore`, `Reject`.
 *
 * @see celery.exceptions.TaskPredicate
 */
export class TaskPredicate extends CeleryError {}

/** The task keeps no state of this run: it stays as it is, and the message is settled. @see celery.exceptions.Ignore */
export class Ignore extends TaskPredicate {
  override readonly name = 'Ignore';
}

/** The message is refused: dead-lettered, or with `requeue` given back to its queue. @see celery.exceptions.Reject */
export class Reject extends TaskPredicate {
  override readonly name = 'Reject';
  readonly reason: unknown;
  readonly requeue: boolean;
  readonly args: readonly unknown[];

  constructor(reason: unknown = null, { requeue = false }: { readonly requeue?: boolean } = {}) {
    super(`The message was rejected: ${thrownText(reason)}`);
    this.reason = reason;
    this.requeue = requeue;
    this.args = [reason, requeue];
  }
}

/** What the next attempt has other than this one; whatever is not given stays. */
export interface RetryChanges {
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly queue?: string;
  readonly priority?: number;
  readonly expires?: Date;
  /** Seconds. */
  readonly timeLimit?: number;
  /** Seconds. */
  readonly softTimeLimit?: number;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly shadow?: string;
  readonly ignoreResult?: boolean;
}

/**
 * The task is to run again later, under its own id. `self.retry()` makes and throws it; one made by hand counts within the
 * task's `maxRetries`.
 *
 * @see celery.exceptions.Retry
 */
export class Retry extends TaskPredicate {
  override readonly name = 'Retry';
  /** Why; undefined when `retry` was told no reason. */
  readonly exc: unknown;
  /** The earliest start; null: at once. */
  readonly eta: Date | null;
  /** Only what is given: nothing in it is `undefined`. */
  readonly changes: RetryChanges;

  constructor(exc: unknown, eta: Date | null = null, changes: RetryChanges = {}) {
    const why = exc === undefined ? '' : `: ${thrownText(exc)}`;
    super(`Retry ${eta ? `at ${eta.toISOString()}` : 'now'}${why}`);
    this.exc = exc;
    this.eta = eta;
    this.changes = Object.fromEntries(
      Object.entries(changes).filter(([, value]) => value !== undefined),
    );
  }
}

/** `instanceof` for whatever a task may throw: a revoked proxy throws when it is looked at, and is none of ours. */
export function isA<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

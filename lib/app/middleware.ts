import type { Self } from './self.ts';

/** A call that is about to be sent. */
export interface PublishCall {
  /** The task's name. */
  readonly task: string;
  readonly taskId: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** The caller's own headers, those that come from the running task included. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** The queue's Celery name; undefined: the engine's default, or an exchange finds it. A middleware that sets it ends that. */
  readonly queue: string | undefined;
}

/** What a middleware may change of a call. */
export type PublishChanges = Partial<Pick<PublishCall, 'headers' | 'queue'>>;

/** Wraps what an application sends and runs; the one that was added first is the outermost. */
export interface Middleware {
  /**
   * Around the sending of a call. Calls `next` once, or throws, which the caller hears; `next` resolves when the queue
   * has the message.
   */
  publish?(call: PublishCall, next: (changes?: PublishChanges) => Promise<void>): Promise<void>;
  /**
   * Around the run of a handler, in a worker and eagerly; `currentTask()` answers there. Calls `next` once at most. What it
   * returns is the task's result, and what it throws its error.
   */
  execute?(self: Self, next: () => Promise<unknown>): Promise<unknown>;
}

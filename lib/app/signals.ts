import type { Retry } from '../errors.ts';
import type { PublishCall } from './middleware.ts';
import type { RegisteredTask } from './registered-task.ts';
import type { TaskRequest } from './request.ts';

/** A call on its way to its queue. `sender` is the task's name. */
export interface PublishSignal extends Omit<PublishCall, 'task'> {
  readonly sender: string;
  /** Those of the message that are the caller's own; what a listener of `beforeTaskPublish` writes into it is sent. */
  readonly headers: Record<string, unknown>;
}

/** A task in a worker, of which a signal speaks. `sender` is its name. */
export interface TaskSignal {
  readonly sender: string;
  readonly task: RegisteredTask;
  readonly taskId: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly request: TaskRequest;
}

/** What each signal tells its listeners, by Celery's name in camelCase. @see celery.signals */
export interface Signals {
  /** A call is about to be sent, in the producer. */
  readonly beforeTaskPublish: PublishSignal;
  /** Its queue has it. */
  readonly afterTaskPublish: PublishSignal;
  /** A delivery comes to its turn in a worker: also one that is early, revoked, or a second copy. */
  readonly taskReceived: { readonly sender: string; readonly request: TaskRequest };
  /** A run is about to start. */
  readonly taskPrerun: TaskSignal;
  /** A run is over, whatever came of it: `IGNORED`, `RETRY` and a rejected message included. */
  readonly taskPostrun: TaskSignal & { readonly state: string; readonly retval: unknown };
  readonly taskSuccess: TaskSignal & { readonly result: unknown };
  /** The task failed, in its run or because its workers were lost. */
  readonly taskFailure: TaskSignal & {
    readonly exception: unknown;
    readonly traceback: string | null;
  };
  readonly taskRetry: TaskSignal & { readonly reason: Retry };
  readonly taskRevoked: TaskSignal & { readonly terminated: boolean; readonly expired: boolean };
  /** A message that no worker can run goes to the dead-letter queue; `message` is its text. */
  readonly taskRejected: { readonly message: string; readonly exc: Error };
  /** So does one of a task that this worker does not have. */
  readonly taskUnknown: {
    readonly message: string;
    readonly exc: Error;
    readonly name: string;
    readonly id: string | undefined;
  };
  /** A step around a task failed: the message is given back. */
  readonly taskInternalError: TaskSignal & { readonly exception: unknown };
}

/** The name of a signal. */
export type SignalName = keyof Signals;

/** Hears of a signal; awaited. What it throws is logged and changes nothing. */
export type SignalListener<N extends SignalName> = (signal: Signals[N]) => unknown;

/** The names of all signals: a record, so that none can be forgotten. */
export const signalNames: Readonly<Record<SignalName, true>> = {
  beforeTaskPublish: true,
  afterTaskPublish: true,
  taskReceived: true,
  taskPrerun: true,
  taskPostrun: true,
  taskSuccess: true,
  taskFailure: true,
  taskRetry: true,
  taskRevoked: true,
  taskRejected: true,
  taskUnknown: true,
  taskInternalError: true,
};

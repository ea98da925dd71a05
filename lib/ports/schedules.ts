/** A message put away until a moment, and where it then goes. */
export interface ParkedMessage {
  /** The same for all copies of a task. */
  readonly taskId: string;
  /** What names this copy, where several queues have one of the task: each waits by itself. */
  readonly copy?: string | undefined;
  readonly attempt: number;
  /** How often the task had been sent back from the dead-letter queue. */
  readonly generation: number;
  /** When it is sent, in milliseconds since the epoch, in whole seconds. It may come up to a minute later, and twice. */
  readonly fireAt: number;
  /** The queue's Celery name. */
  readonly queue: string;
  /** Sent as it is: base64 of the message's text, in which no scheduler finds anything to replace. */
  readonly body: string;
  /** FIFO: the message group. */
  readonly groupId?: string;
}

/** A parked message as it is found again. */
export interface FoundMessage {
  /** Of the schedule, for `delete`; the same for all copies of one wait. */
  readonly name: string;
  readonly queue: string;
  readonly body: string;
  readonly groupId?: string;
}

export type ParkOutcome =
  | { readonly created: true }
  /** The same wait is on record already; `fireAt` is what stands there, past once it has been sent. */
  | { readonly created: false; readonly fireAt: number };

/**
 * One-off schedules: each sends one message at its time, at least once, and then goes by itself, perhaps later.
 * All steps may be repeated, and throw `OperationalError` when it is not known whether they took effect.
 */
export interface Schedules {
  /** The longest body a schedule carries, in bytes (EventBridge Scheduler: 262,144). */
  readonly maxBodyBytes: number;

  /** Parks a message, unless the same wait (task, copy, attempt, generation, minute) is on record. @throws QueueNotFound */
  create(message: ParkedMessage): Promise<ParkOutcome>;

  /** What is parked for a task now, all its copies. */
  find(taskId: string): Promise<readonly FoundMessage[]>;

  /** Ends a wait; one that is over already is no error. */
  delete(name: string): Promise<void>;
}

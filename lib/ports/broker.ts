import type { LaneStarts } from '../protocol/index.ts';

import type { MessageAttributes } from '../protocol/message-attributes.ts';

/** One message on its way to a queue. */
export interface OutgoingMessage {
  /** The whole text that travels: a kombu envelope. */
  readonly body: string;
  /** Whole seconds before anyone receives it, 0 to the broker's `maxDelaySeconds`. Not on FIFO queues. */
  readonly delaySeconds?: number;
  /** FIFO: messages of one group arrive in order; default `default`, as kombu. On a standard queue: fairness between groups. */
  readonly groupId?: string;
  /** FIFO: the same id within five minutes is taken once; default a new UUID, as kombu. No meaning on a standard queue. */
  readonly deduplicationId?: string;
  /** What stands beside the body, for people and filters; never needed to run the task. */
  readonly attributes?: MessageAttributes;
}

/**
 * Sends messages to queues, which are named as Celery names them (`celery`, `images`).
 *
 * Resolved means: the queue has it. A send may be repeated by the adapter's own retries, so a message can
 * arrive twice; a rejected send may nevertheless have arrived.
 */
export interface Broker {
  /** The longest delay a message can carry, in seconds (SQS: 900). */
  readonly maxDelaySeconds: number;
  /** The largest message, body and attributes together, in UTF-8 bytes (SQS: 1,048,576). */
  readonly maxMessageBytes: number;
  /** The queue for tasks that name no other, where the engine was set up with one. */
  readonly defaultQueue?: string | undefined;

  /** The queue of control messages, a name that `send` takes, not among `queues()`; undefined where there is none. */
  readonly controlQueue?: string | undefined;

  /** Queues among them that workers of other libraries serve, who cannot follow references to large payloads. */
  readonly externalQueues?: readonly string[];

  /** Queues among them that have lanes for priorities, and the lowest priority of each lane; lanes are queues by `laneName`. */
  readonly lanes?: ReadonlyMap<string, LaneStarts>;

  /** The queues this broker knows. */
  queues(): readonly string[];

  /** The dead-letter queue of `queue`, a name that `send` takes; undefined when it has none. */
  deadLetterQueue(queue: string): string | undefined;

  /** @throws QueueNotFound, OperationalError */
  send(queue: string, message: OutgoingMessage): Promise<void>;

  /**
   * Sends any number of messages in as few requests as possible, and sends again just those the queue refused.
   * Answers in the order of `messages`: undefined for one that the queue has, else why it has not.
   *
   * @throws QueueNotFound before anything is sent
   */
  sendBatch(
    queue: string,
    messages: readonly OutgoingMessage[],
  ): Promise<readonly (Error | undefined)[]>;
}

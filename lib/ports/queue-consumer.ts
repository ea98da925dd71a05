import type { MessageAttributes } from '../protocol/message-attributes.ts';

/** One receipt of one message. The same message may be received again, at any time, by anyone. */
export interface Delivery {
  /** The queue's id of the message; the same for every receipt of it. */
  readonly messageId: string;
  /** The queue's name, as Celery names it. */
  readonly queue: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** How often the message has been received, this time included. */
  readonly receiveCount: number;
  /** When it was sent, in milliseconds since the epoch. */
  readonly sentAt: number;
  /** FIFO: its message group. */
  readonly groupId?: string;
  /** What `delete` and `changeVisibility` need. */
  readonly receipt: string;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly max: number;
  /** How long to wait for a first message, in seconds, 0 to 20. */
  readonly waitSeconds: number;
  /** Ends the wait early: the answer is then empty. */
  readonly signal?: AbortSignal;
}

/** Receives from queues and settles what was received. */
export interface QueueConsumer {
  /** Celery's name of the queue with this ARN; the ARN's own last part when it is not one of ours. */
  queueOf(arn: string): string;
  /** @throws QueueNotFound, OperationalError */
  receive(queue: string, options: ReceiveOptions): Promise<readonly Delivery[]>;
  /**
   * Settles: the message does not come back (but for the queue's own rare duplicates). When it was received again since,
   * the older delivery may settle it or not, and says nothing.
   *
   * @throws QueueNotFound, OperationalError
   */
  delete(delivery: Delivery): Promise<void>;
  /**
   * Gives back: the message may be received again after this many whole seconds, 0 to 43,200.
   *
   * @throws QueueNotFound; OperationalError, also when the message is no longer held by this delivery
   */
  changeVisibility(delivery: Delivery, seconds: number): Promise<void>;
}

/** What a queue of the in-process engine is like; SQS's meanings. */
export interface QueueOptions {
  /** Default 1800: what kombu gives the queues it creates. */
  readonly visibilityTimeoutSeconds?: number;
  /** Default `<queue>-dead`, with `.fifo` where the queue has it; null: none. */
  readonly deadLetterQueue?: string | null;
  /** Receives before a message moves to the dead-letter queue. Default 100. */
  readonly maxReceiveCount?: number;
  /** How long a message is kept. Default 1,209,600: 14 days, the longest SQS keeps one. */
  readonly retentionSeconds?: number;
}

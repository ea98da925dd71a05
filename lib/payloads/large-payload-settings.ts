/** What is kept elsewhere because of its size. @see CeleryApp's `largePayloads`, which makes the bucket */
export interface LargePayloadSettings {
  /** Bodies of messages that take more bytes. @default what the message holds */
  readonly bodyBytes?: number;
  /** Result documents that take more bytes. @default what the item holds */
  readonly resultBytes?: number;
  /** Queues whose workers cannot follow references: Python's. @default those that the stack calls `external` */
  readonly externalQueues?: readonly string[];
}

/** How an error tells where to turn, when something is too large and has no place to go. */
export const describeLimit: string =
  "Give the application a bucket (largePayloads: true of CeleryApp, and deploy; engine: 'memory' has a place of its own), " +
  'or keep the data elsewhere and pass on where it is.';

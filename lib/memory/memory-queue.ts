import { OperationalError } from '../errors.ts';
import type { Clock, Delivery, OutgoingMessage, Random } from '../ports/index.ts';
import {
  isFifoQueue,
  maxBatchEntries,
  maxMessageBytes,
  maxVisibilitySeconds,
  messageBytes,
} from '../protocol/sqs-limits.ts';
import { refusalOf } from '../protocol/sqs-refusal.ts';
import type { QueueOptions } from './queue-options.ts';

/** SQS remembers deduplication ids for so long. */
const deduplicationMs = 5 * 60_000;

const notHeld = 'InvalidParameterValue: the message does not exist, or was received again since';

interface StoredMessage extends OutgoingMessage {
  readonly messageId: string;
  readonly sentAt: number;
  receiveCount: number;
  receivedAt: number;
  /** Nobody receives it before. */
  visibleAt: number;
  /** `visibleAt` was chosen, by a delay or by giving back; it is not the end of a visibility timeout. */
  awaited: boolean;
}

/** A message as it lies in a queue. */
export interface QueuedMessage extends OutgoingMessage {
  readonly messageId: string;
  readonly sentAt: number;
  readonly receiveCount: number;
  readonly state: 'ready' | 'delayed' | 'inFlight';
  /** When it may be received, in milliseconds since the epoch; the past when it is ready. */
  readonly visibleAt: number;
}

/** What a queue needs from the engine it is in. */
export interface QueueSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly deadLetterQueue: MemoryQueue | undefined;
}

/** One queue with the rules of SQS, standard or FIFO by its name. Every step is atomic. */
export class MemoryQueue {
  readonly name: string;
  readonly fifo: boolean;
  readonly deadLetterQueue: MemoryQueue | undefined;
  readonly #around: QueueSurroundings;
  readonly #visibilityTimeoutMs: number;
  readonly #maxReceiveCount: number;
  readonly #retentionMs: number;
  /** By message id, in the order of arrival. */
  readonly #messages = new Map<string, StoredMessage>();
  readonly #deduplicated = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  constructor(name: string, options: QueueOptions, around: QueueSurroundings) {
    this.name = name;
    this.fifo = isFifoQueue(name);
    this.deadLetterQueue = around.deadLetterQueue;
    this.#around = around;
    this.#visibilityTimeoutMs = (options.visibilityTimeoutSeconds ?? 1800) * 1000;
    this.#maxReceiveCount = options.maxReceiveCount ?? 100;
    this.#retentionMs = (options.retentionSeconds ?? 14 * 86_400) * 1000;
  }

  /** @throws OperationalError when SQS would not take it */
  send(message: OutgoingMessage): void {
    const refusal = refusalOf(message, this.fifo);
    if (refusal) throw this.#refused('Sending to', refusal);
    if (this.#isDuplicate(message.deduplicationId)) return;
    const now = this.#now();
    this.#put({
      ...message,
      attributes: { ...message.attributes },
      messageId: this.#around.random.uuid(),
      sentAt: now,
      receiveCount: 0,
      receivedAt: 0,
      visibleAt: now + (message.delaySeconds ?? 0) * 1000,
      awaited: true,
    });
  }

  /**
   * Up to ten messages as one request; answers each one's error.
   *
   * @throws OperationalError when SQS would refuse the request as a whole
   */
  sendBatch(messages: readonly OutgoingMessage[]): (OperationalError | undefined)[] {
    const bytes = messages.reduce((sum, message) => sum + messageBytes(message), 0);
    if (messages.length > maxBatchEntries) {
      throw this.#refused('Sending to', `TooManyEntriesInBatchRequest: ${messages.length}`);
    }
    if (bytes > maxMessageBytes) {
      throw this.#refused('Sending to', `BatchRequestTooLong: ${bytes} bytes`);
    }
    return messages.map((message) => {
      try {
        this.send(message);
        return undefined;
      } catch (error) {
        if (error instanceof OperationalError) return error;
        throw error;
      }
    });
  }

  /** What is there now, at most `max`. Messages received too often move to the dead-letter queue instead. */
  receive(max: number): Delivery[] {
    const now = this.#now();
    const deliveries: Delivery[] = [];
    for (const message of this.#receivable(now)) {
      if (deliveries.length === max) break;
      if (!this.#moveIfReceivedTooOften(message)) deliveries.push(this.#take(message, now));
    }
    return deliveries;
  }

  /** @throws OperationalError for an expired receipt of a FIFO queue */
  delete(receipt: string): void {
    const message = this.#heldBy(receipt);
    if (!message) return;
    if (this.fifo && message.visibleAt <= this.#now()) {
      throw this.#refused('Deleting from', 'InvalidParameterValue: the receipt handle has expired');
    }
    this.#messages.delete(message.messageId);
    this.#changed();
  }

  /** @throws OperationalError when this receipt does not hold the message, or for too long a time */
  changeVisibility(receipt: string, seconds: number): void {
    const now = this.#now();
    const message = this.#heldBy(receipt);
    if (!message) throw this.#refused('Giving back to', notHeld);
    const refusal = refusalOfVisibility(message, seconds, now);
    if (refusal) throw this.#refused('Giving back to', refusal);
    message.visibleAt = now + seconds * 1000;
    message.awaited = true;
    this.#changed();
  }

  /** Everything in the queue, in the order of arrival. */
  peek(): QueuedMessage[] {
    const now = this.#now();
    return [...this.#live(now)].map(({ receivedAt, awaited, ...message }) => ({
      ...message,
      state: message.visibleAt <= now ? 'ready' : message.receiveCount > 0 ? 'inFlight' : 'delayed',
    }));
  }

  /** When the next invisible message becomes visible, and whether somebody chose that moment. */
  nextVisible(): { readonly at: number; readonly awaited: boolean } | undefined {
    const now = this.#now();
    const coming = [...this.#live(now)].filter(({ visibleAt }) => visibleAt > now);
    if (coming.length === 0) return undefined;
    return {
      at: coming.reduce((first, { visibleAt }) => Math.min(first, visibleAt), Infinity),
      awaited: coming.some(({ awaited }) => awaited),
    };
  }

  /** Calls `listener` whenever a message may have become receivable, but for time's passing. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** In order of arrival; on a FIFO queue a group with a message in flight is passed over whole. */
  *#receivable(now: number): Generator<StoredMessage> {
    const blocked = this.fifo ? this.#groupsInFlight(now) : undefined;
    for (const message of this.#live(now)) {
      if (message.visibleAt <= now && !blocked?.has(message.groupId)) yield message;
    }
  }

  #groupsInFlight(now: number): Set<string | undefined> {
    const groups = new Set<string | undefined>();
    for (const { groupId, visibleAt } of this.#live(now)) if (visibleAt > now) groups.add(groupId);
    return groups;
  }

  /** What is not past the retention period; drops what is. */
  *#live(now: number): Generator<StoredMessage> {
    for (const message of this.#messages.values()) {
      if (message.sentAt + this.#retentionMs > now) yield message;
      else this.#messages.delete(message.messageId);
    }
  }

  #take(message: StoredMessage, now: number): Delivery {
    message.receiveCount += 1;
    message.receivedAt = now;
    message.visibleAt = now + this.#visibilityTimeoutMs;
    message.awaited = false;
    const { messageId, body, attributes = {}, groupId, receiveCount, sentAt } = message;
    const receipt = receiptOf(message);
    return {
      messageId,
      queue: this.name,
      body,
      attributes,
      groupId,
      receiveCount,
      sentAt,
      receipt,
    };
  }

  #moveIfReceivedTooOften(message: StoredMessage): boolean {
    if (message.receiveCount < this.#maxReceiveCount) return false;
    if (!this.deadLetterQueue) return false;
    this.#messages.delete(message.messageId);
    this.deadLetterQueue.#put({ ...message, receiveCount: 0, visibleAt: this.#now() });
    return true;
  }

  #put(message: StoredMessage): void {
    this.#messages.set(message.messageId, message);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Whether the id was taken within five minutes; remembers it if not. */
  #isDuplicate(id: string | undefined): boolean {
    if (id === undefined) return false;
    const now = this.#now();
    for (const [old, takenAt] of this.#deduplicated) {
      if (now - takenAt < deduplicationMs) break;
      this.#deduplicated.delete(old);
    }
    if (this.#deduplicated.has(id)) return true;
    this.#deduplicated.set(id, now);
    return false;
  }

  /** The message whose latest receipt this is: an older one holds nothing any more. */
  #heldBy(receipt: string): StoredMessage | undefined {
    const message = this.#messages.get(receipt.slice(0, receipt.lastIndexOf(':')));
    return message && receiptOf(message) === receipt ? message : undefined;
  }

  #refused(doing: string, reason: string): OperationalError {
    return new OperationalError(`${doing} queue '${this.name}' failed: ${reason}`);
  }

  #now(): number {
    return this.#around.clock.now();
  }
}

function receiptOf({ messageId, receiveCount }: StoredMessage): string {
  return `${messageId}:${receiveCount}`;
}

function refusalOfVisibility(
  message: StoredMessage,
  seconds: number,
  now: number,
): string | undefined {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > maxVisibilitySeconds) {
    return `InvalidParameterValue: ${seconds} s, expected a whole number from 0 to ${maxVisibilitySeconds}`;
  }
  if (message.visibleAt <= now) return 'MessageNotInflight: its visibility timeout is over';
  if ((now - message.receivedAt) / 1000 + seconds > maxVisibilitySeconds) {
    return `InvalidParameterValue: ${seconds} s more would keep it invisible for over 12 hours`;
  }
  return undefined;
}

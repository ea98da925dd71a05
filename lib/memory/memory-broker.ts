import type { Broker, OutgoingMessage, Random } from '../ports/index.ts';
import type { LaneStarts } from '../protocol/priority-lanes.ts';
import {
  fitToQueue,
  maxDelaySeconds,
  maxMessageBytes,
  packBatches,
} from '../protocol/sqs-limits.ts';
import type { MemoryQueue } from './memory-queue.ts';
import type { MemoryQueues } from './memory-queues.ts';

/** Sends to the engine's queues, in requests as to SQS. */
export class MemoryBroker implements Broker {
  readonly maxDelaySeconds: number = maxDelaySeconds;
  readonly maxMessageBytes: number = maxMessageBytes;
  readonly externalQueues: readonly string[];
  readonly lanes: ReadonlyMap<string, LaneStarts>;
  readonly #queues: MemoryQueues;
  readonly #random: Random;

  constructor(
    queues: MemoryQueues,
    random: Random,
    externalQueues: readonly string[] = [],
    lanes: ReadonlyMap<string, LaneStarts> = new Map(),
  ) {
    this.externalQueues = externalQueues;
    this.lanes = lanes;
    this.#queues = queues;
    this.#random = random;
  }

  get controlQueue(): string | undefined {
    return this.#queues.controlQueue;
  }

  queues(): readonly string[] {
    return this.#queues.names();
  }

  deadLetterQueue(queue: string): string | undefined {
    return this.#queues.deadLetterName(queue);
  }

  async send(queue: string, message: OutgoingMessage): Promise<void> {
    const target = this.#queues.get(queue);
    target.send(this.#fit(target, message));
  }

  async sendBatch(
    queue: string,
    messages: readonly OutgoingMessage[],
  ): Promise<readonly (Error | undefined)[]> {
    const target = this.#queues.get(queue);
    const fitted = messages.map((message) => this.#fit(target, message));
    return packBatches(fitted).flatMap((batch) => target.sendBatch(batch));
  }

  #fit(queue: MemoryQueue, message: OutgoingMessage): OutgoingMessage {
    return fitToQueue(message, queue.fifo, () => this.#random.uuid());
  }
}

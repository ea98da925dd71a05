import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { OperationalError } from '../errors.ts';
import type { Broker, Clock, OutgoingMessage, Random } from '../ports/index.ts';
import type { LaneStarts } from '../protocol/priority-lanes.ts';
import {
  fitToQueue,
  isFifoQueue,
  maxDelaySeconds,
  maxMessageBytes,
  packBatches,
} from '../protocol/sqs-limits.ts';
import { refusalOf } from '../protocol/sqs-refusal.ts';
import { inParallel } from './in-parallel.ts';
import { request } from './operational-error.ts';
import type { QueueDirectory } from './queue-directory.ts';
import { describe, type QueueAddress, SqsBatchSender } from './sqs-batch-sender.ts';
import { type SqsEntry, toSqsEntry } from './sqs-entry.ts';

/** Batch requests under way at once. */
const parallelRequests = 8;

type Answer = Error | undefined;

/** What `SqsBroker` works with. */
export interface SqsBrokerOptions {
  readonly client: SQSClient;
  readonly queues: QueueDirectory;
  /** The queue for tasks that name no other; default none. */
  readonly defaultQueue?: string;
  /** Queues that workers of other libraries serve; default none. */
  readonly externalQueues?: readonly string[];
  /** Queues that have lanes; default none. */
  readonly lanes?: ReadonlyMap<string, LaneStarts>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Sends to SQS. Throttling and short outages of whole requests are left to the SDK's own retries. */
export class SqsBroker implements Broker {
  readonly maxDelaySeconds: number = maxDelaySeconds;
  readonly maxMessageBytes: number = maxMessageBytes;
  readonly defaultQueue: string | undefined;
  readonly controlQueue: string | undefined;
  readonly externalQueues: readonly string[];
  readonly lanes: ReadonlyMap<string, LaneStarts>;
  readonly #client: SQSClient;
  readonly #queues: QueueDirectory;
  readonly #random: Random;
  readonly #batchSender: SqsBatchSender;

  constructor(options: SqsBrokerOptions) {
    const { client, queues, defaultQueue, externalQueues = [], clock, random } = options;
    this.externalQueues = externalQueues;
    this.lanes = options.lanes ?? new Map();
    this.defaultQueue = defaultQueue;
    this.controlQueue = queues.controlQueue;
    this.#client = client;
    this.#queues = queues;
    this.#random = random;
    this.#batchSender = new SqsBatchSender(client, clock, random);
  }

  queues(): readonly string[] {
    return this.#queues.names;
  }

  deadLetterQueue(queue: string): string | undefined {
    return this.#queues.deadLetterQueue(queue);
  }

  async send(queue: string, message: OutgoingMessage): Promise<void> {
    const address = this.#address(queue);
    const fitted = this.#fit(address, message);
    const refusal = refusalOf(fitted, address.fifo);
    if (refusal) throw refused(address, refusal);
    const command = new SendMessageCommand({ QueueUrl: address.url, ...toSqsEntry(fitted) });
    await request(() => `Sending to ${describe(address)}`, this.#client.send(command));
  }

  async sendBatch(queue: string, messages: readonly OutgoingMessage[]): Promise<readonly Answer[]> {
    const address = this.#address(queue);
    const fitted = messages.map((message) => this.#fit(address, message));
    const refusals = fitted.map((message) => refusalOf(message, address.fifo));
    const sent = await this.#sendAll(
      address,
      fitted.filter((_, index) => !refusals[index]),
    );
    const answers = sent.values();
    return refusals.map((refusal) => (refusal ? refused(address, refusal) : answers.next().value));
  }

  async #sendAll(address: QueueAddress, messages: readonly OutgoingMessage[]): Promise<Answer[]> {
    const batches = packBatches(messages).map((batch) => batch.map(toSqsEntry));
    const answers = address.fifo
      ? await this.#sendInOrder(address, batches)
      : await inParallel(batches, parallelRequests, (entries) =>
          this.#batchSender.send(address, entries),
        );
    return answers.flat();
  }

  /** Requests to a FIFO queue must not overtake each other, and nothing may pass a message of its group that failed. */
  async #sendInOrder(address: QueueAddress, batches: readonly SqsEntry[][]): Promise<Answer[][]> {
    const blocked = new Set<string | undefined>();
    const answers: Answer[][] = [];
    for (const entries of batches) {
      const sent = entries.filter((entry) => !blocked.has(entry.MessageGroupId));
      const errors = sent.length > 0 ? await this.#batchSender.send(address, sent) : [];
      const errorOf = new Map(sent.map((entry, index) => [entry, errors[index]]));
      answers.push(
        entries.map((entry) => (errorOf.has(entry) ? errorOf.get(entry) : notSent(address, entry))),
      );
      for (const [entry, error] of errorOf) if (error) blocked.add(entry.MessageGroupId);
    }
    return answers;
  }

  #address(queue: string): QueueAddress {
    const url = this.#queues.url(queue);
    return { name: queue, url, fifo: isFifoQueue(url) };
  }

  #fit(address: QueueAddress, message: OutgoingMessage): OutgoingMessage {
    return fitToQueue(message, address.fifo, () => this.#random.uuid());
  }
}

function refused(address: QueueAddress, reason: string): OperationalError {
  return new OperationalError(`Sending to ${describe(address)} failed: ${reason}`);
}

function notSent(address: QueueAddress, { MessageGroupId }: SqsEntry): OperationalError {
  return new OperationalError(
    `Not sent to ${describe(address)}: an earlier message of group '${MessageGroupId}' failed, and order is kept`,
  );
}

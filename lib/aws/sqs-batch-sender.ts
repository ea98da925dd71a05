import {
  type BatchResultErrorEntry,
  SendMessageBatchCommand,
  type SendMessageBatchResult,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type CeleryError, OperationalError } from '../errors.ts';
import type { Clock, Random } from '../ports/index.ts';
import { backOff } from './back-off.ts';
import { operationalError } from './operational-error.ts';
import type { SqsEntry } from './sqs-entry.ts';

/** How often entries that the queue could not take at the moment are sent. */
const mostRounds = 6;

/** A queue by its Celery name and its URL. */
export interface QueueAddress {
  readonly name: string;
  readonly url: string;
  readonly fifo: boolean;
}

/** An entry with its place in the batch, by which the answer names it. */
type IdentifiedEntry = SqsEntry & { readonly Id: string };

/** Why an entry is not in the queue, and whether sending it again can help. */
interface Refusal {
  readonly error: CeleryError;
  readonly mayRetry: boolean;
}

/** Sends up to ten messages by one request, and again just those the queue refused for reasons of its own. */
export class SqsBatchSender {
  readonly #client: SQSClient;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(client: SQSClient, clock: Clock, random: Random) {
    this.#client = client;
    this.#clock = clock;
    this.#random = random;
  }

  /** Answers in the order of `entries`: undefined for one that the queue has, else why it has not. */
  async send(
    queue: QueueAddress,
    entries: readonly SqsEntry[],
  ): Promise<(CeleryError | undefined)[]> {
    const errors = new Array<CeleryError | undefined>(entries.length).fill(undefined);
    let open = entries.map((entry, index) => ({ ...entry, Id: String(index) }));
    for (let round = 1; ; round++) {
      const refusals = await this.#sendOnce(queue, open);
      for (const { Id } of open) errors[Number(Id)] = refusals.get(Id)?.error;
      open = open.filter(({ Id }) => refusals.get(Id)?.mayRetry);
      if (open.length === 0 || round === mostRounds) return errors;
      await backOff(round, this.#clock, this.#random);
    }
  }

  async #sendOnce(
    queue: QueueAddress,
    entries: readonly IdentifiedEntry[],
  ): Promise<Map<string, Refusal>> {
    const command = new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: [...entries] });
    try {
      return readRefusals(queue, entries, await this.#client.send(command));
    } catch (cause) {
      // The SDK has repeated the request already, where that can help.
      const error = operationalError(
        `Sending ${entries.length} messages to ${describe(queue)}`,
        cause,
      );
      return new Map(entries.map(({ Id }) => [Id, { error, mayRetry: false }]));
    }
  }
}

function readRefusals(
  queue: QueueAddress,
  entries: readonly IdentifiedEntry[],
  { Successful = [], Failed = [] }: Partial<SendMessageBatchResult>,
): Map<string, Refusal> {
  const taken = new Set(Successful.map(({ Id }) => Id));
  const failed = new Map(Failed.map((entry) => [entry.Id, entry]));
  return new Map(
    entries
      .filter(({ Id }) => !taken.has(Id))
      .map(({ Id }) => [Id, readRefusal(queue, failed.get(Id))]),
  );
}

function readRefusal(queue: QueueAddress, entry: BatchResultErrorEntry | undefined): Refusal {
  const {
    Code = 'NoAnswer',
    Message = 'the answer does not tell',
    SenderFault = false,
  } = entry ?? {};
  return {
    error: new OperationalError(`Sending to ${describe(queue)} failed: ${Code}: ${Message}`),
    mayRetry: !SenderFault || Code.includes('Throttl'),
  };
}

/** How errors name a queue. */
export function describe({ name, url }: QueueAddress): string {
  return `queue '${name}' (${url})`;
}

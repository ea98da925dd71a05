import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** A letter from a dead-letter queue. */
export interface Letter {
  readonly body: string;
  /** `reason`, `detail`, `task`, `task_id` and more. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Takes all letters from a dead-letter queue, for tests that run at once and wait each for its own. */
export class LetterBox {
  readonly #client: SQSClient;
  readonly #url: string;
  readonly #letters: Letter[] = [];
  readonly #closing = new AbortController();
  readonly #reading: Promise<void>;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
    this.#reading = this.#read();
  }

  /** The first letter that fits, as soon as it is there. @throws after `timeoutMs`, with the letters that came. */
  async find(fits: (letter: Letter) => boolean, timeoutMs = 50_000): Promise<Letter> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      const letter = this.#letters.find(fits);
      if (letter) return letter;
      await sleep(50);
    }
    const reasons = this.#letters.map(({ attributes }) => JSON.stringify(attributes));
    throw new Error(`No such letter came to ${this.#url}, but:\n${reasons.join('\n')}`);
  }

  /** The letter about this task. */
  async about(taskId: string, timeoutMs?: number): Promise<Letter> {
    return await this.find(({ attributes }) => attributes.task_id === taskId, timeoutMs);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#reading;
  }

  async #read(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      for (const message of await this.#receive()) {
        this.#letters.push(letterOf(message));
        const { ReceiptHandle } = message;
        await this.#client.send(new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle }));
      }
    }
  }

  async #receive(): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#url,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
      MessageAttributeNames: ['All'],
    });
    return (await this.#client.send(command)).Messages ?? [];
  }
}

function letterOf({ Body = '', MessageAttributes = {} }: Message): Letter {
  const attributes = Object.entries(MessageAttributes);
  return {
    body: Body,
    attributes: Object.fromEntries(
      attributes.map(([name, { StringValue = '' }]) => [name, StringValue]),
    ),
  };
}

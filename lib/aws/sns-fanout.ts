import { OperationalError } from '../errors.ts';
import type { Fanout, OutgoingMessage, Random } from '../ports/index.ts';
import { fitToQueue, isFifoQueue } from '../protocol/sqs-limits.ts';
import { refusalOf } from '../protocol/sqs-refusal.ts';
import { fanoutWayOut, unknownExchange } from '../protocol/unknown-exchange.ts';
import { request } from './operational-error.ts';
import type { LazySns } from './sns-client.ts';
import { toSqsEntry } from './sqs-entry.ts';

/** What `SnsFanout` works with. */
export interface SnsFanoutOptions {
  readonly sns: LazySns;
  /** Name of a fanout exchange -> ARN of its topic. */
  readonly topics: ReadonlyMap<string, string>;
  readonly random: Random;
}

/**
 * Fanout exchanges as SNS topics whose subscriptions deliver raw, so that a queue gets just what kombu would publish.
 *
 * @see kombu.transport.SQS.Channel._put_fanout
 */
export class SnsFanout implements Fanout {
  readonly #sns: LazySns;
  readonly #topics: ReadonlyMap<string, string>;
  readonly #random: Random;

  constructor({ sns, topics, random }: SnsFanoutOptions) {
    this.#sns = sns;
    this.#topics = topics;
    this.#random = random;
  }

  exchanges(): readonly string[] {
    return [...this.#topics.keys()];
  }

  async publish(exchange: string, { delaySeconds: _, ...message }: OutgoingMessage): Promise<void> {
    const topic = this.#topics.get(exchange);
    if (topic === undefined) {
      throw unknownExchange('fanout exchange', exchange, this.exchanges(), fanoutWayOut);
    }
    const what = () => `Publishing to fanout exchange '${exchange}' (${topic})`;
    const fifo = isFifoQueue(topic);
    const fitted = fitToQueue(message, fifo, () => this.#random.uuid());
    const refusal = refusalOf(fitted, fifo);
    if (refusal) throw new OperationalError(`${what()} failed: ${refusal}`);
    const { client, sdk } = await this.#sns.load();
    const { MessageBody, ...entry } = toSqsEntry(fitted);
    const command = new sdk.PublishCommand({ TopicArn: topic, Message: MessageBody, ...entry });
    await request(what, client.send(command));
  }
}

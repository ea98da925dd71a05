import type { SQSClient } from '@aws-sdk/client-sqs';
import type { QueueConsumer } from '../../lib/ports/index.ts';
import { decodeEnvelope } from '../../lib/protocol/index.ts';
import { messagesIn } from '../support/queue-counts.ts';

const queue = 'starts';

/** Reads what `interop.count_starts` leaves behind: for the tests of one file, which may run at once. */
export class Starts {
  readonly #consumer: QueueConsumer;
  readonly #sqs: SQSClient;
  readonly #url: string | undefined;
  readonly #ids: string[] = [];

  constructor(consumer: QueueConsumer, sqs: SQSClient, urls: ReadonlyMap<string, string>) {
    this.#consumer = consumer;
    this.#sqs = sqs;
    this.#url = urls.get(queue);
  }

  /** The ids among these of tasks that have started, one for each start until now. */
  async of(ids: readonly string[]): Promise<readonly string[]> {
    const asked = new Set(ids);
    do await this.#takeAll();
    while ((await messagesIn(this.#sqs, this.#url)) > 0);
    return this.#ids.filter((id) => asked.has(id));
  }

  async #takeAll(): Promise<void> {
    const deliveries = await this.#consumer.receive(queue, { max: 10, waitSeconds: 0 });
    for (const delivery of deliveries) {
      this.#ids.push(String(decodeEnvelope(delivery.body).headers.parent_id));
      await this.#consumer.delete(delivery);
    }
    if (deliveries.length > 0) await this.#takeAll();
  }
}

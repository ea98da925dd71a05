import { CeleryError, ImproperlyConfigured } from '../errors.ts';
import type { LargePayloadSettings, PayloadTools } from '../payloads/index.ts';
import type { BlobStore, Broker, Clock, Fanout, Random, UniqueClaims } from '../ports/index.ts';
import { loadSerializers } from '../serializers/index.ts';
import { checkHasPlace, putAway } from './large-body.ts';
import { type Publication, type PublishRequest, preparePublication } from './publication.ts';
import type { UniqueOption } from './publish-options.ts';
import {
  checkExchanges,
  checkQueues,
  groupByPlace,
  sendCopies,
  sendToExchange,
} from './send-copies.ts';
import { sendOnce } from './send-once.ts';

/** What a producer sends with. */
export interface ProducerOptions {
  /** Asked for at the first send. */
  readonly broker: () => Promise<Broker>;
  /** Asked for at the first call that goes to an exchange; default none. */
  readonly fanout?: () => Promise<Fanout | undefined>;
  /** Asked for at the first large payload; default none. */
  readonly blobs?: () => Promise<BlobStore | undefined>;
  /** Asked for at the first unique call; default none. */
  readonly uniqueClaims?: () => Promise<UniqueClaims>;
  /** What counts as large; default what does not fit. */
  readonly largePayloads?: LargePayloadSettings | false;
  readonly clock: Clock;
  readonly random: Random;
  /** `gen<pid>@<host>`, written into every message for people. */
  readonly origin: string;
}

/** A message the queue did not take. */
export interface UnsentMessage {
  readonly taskId: string;
  readonly task: string;
  readonly error: Error;
}

/** Of a batch, some messages were sent and some were not. */
export class BatchSendError extends CeleryError {
  override readonly name = 'BatchSendError';
  /** Ids of the tasks that were sent; they will run. */
  readonly sent: readonly string[];
  readonly unsent: readonly UnsentMessage[];

  constructor(sent: readonly string[], unsent: readonly UnsentMessage[]) {
    const [first] = unsent;
    super(
      `${unsent.length} of ${sent.length + unsent.length} messages were not sent, the first a call of ` +
        `${first?.task}: ${first?.error.message}. The fields sent and unsent tell which; send just the unsent ones again.`,
      { cause: first?.error },
    );
    this.sent = sent;
    this.unsent = unsent;
  }
}

/** Turns calls into messages and sends them. Everything is checked before anything is sent. */
export class Producer {
  readonly #options: ProducerOptions;

  constructor(options: ProducerOptions) {
    this.#options = options;
  }

  /**
   * Sends one call, and answers with its task id.
   *
   * @throws ImproperlyConfigured, EncodeError, QueueNotFound before anything is sent
   * @throws OperationalError when the queue did not take it
   */
  async send(request: PublishRequest): Promise<string> {
    const broker = await this.#options.broker();
    return request.options.unique
      ? await this.#sendOnce(request, request.options.unique, broker)
      : await this.#send(request, broker);
  }

  async #send(request: PublishRequest, broker: Broker): Promise<string> {
    const prepared = await this.#prepare([request], broker);
    const [publication] = await this.#putAway(prepared, broker);
    const { queues, message, taskId } = publication as Publication;
    const [queue] = queues;
    if (queue !== undefined && queues.length === 1) await broker.send(queue, message);
    else await sendCopies(publication as Publication, broker, await this.#options.fanout?.());
    return taskId;
  }

  /** Whatever is wrong with a call shows before its key is claimed. */
  async #sendOnce(request: PublishRequest, unique: UniqueOption, broker: Broker): Promise<string> {
    const { uniqueClaims, clock, random } = this.#options;
    if (!uniqueClaims) throw noClaims(request.task);
    const taskId = request.options.taskId ?? random.uuid();
    const under = (id: string) => ({ ...request, options: { ...request.options, taskId: id } });
    await this.check([under(taskId)]);
    const send = async (id: string) => {
      await this.#send(under(id), broker);
    };
    return await sendOnce(
      { task: request.task, taskId, unique, send },
      await uniqueClaims(),
      clock,
    );
  }

  /**
   * Sends many calls in as few requests as possible, and answers with their task ids, in order.
   *
   * @throws ImproperlyConfigured, EncodeError, QueueNotFound before anything is sent
   * @throws BatchSendError when queues did not take all of them
   */
  async sendBatch(requests: readonly PublishRequest[]): Promise<readonly string[]> {
    for (const { task, options } of requests) if (options.unique) throw noBatch(task);
    const broker = await this.#options.broker();
    const prepared = await this.#prepare(requests, broker);
    await checkQueues(broker, prepared);
    const publications = await this.#putAway(prepared, broker);
    const byQueue = groupByPlace(publications, ({ queues }) => queues);
    const errors = new Map<Publication, Error>();
    await Promise.all([
      ...Array.from(byQueue, ([queue, members]) => sendToQueue(broker, queue, members, errors)),
      this.#sendToExchanges(publications, errors),
    ]);
    if (errors.size > 0) throw batchError(requests, publications, errors);
    return publications.map(({ taskId }) => taskId);
  }

  /**
   * Refuses what `sendBatch` would refuse before anything is sent.
   *
   * @throws ImproperlyConfigured, EncodeError, QueueNotFound
   */
  async check(requests: readonly PublishRequest[]): Promise<void> {
    const broker = await this.#options.broker();
    const publications = await this.#prepare(requests, broker);
    await checkQueues(broker, publications);
    await this.#checkPlaces(publications);
  }

  /** Everything that can be checked here is. */
  async #prepare(
    requests: readonly PublishRequest[],
    broker: Broker,
  ): Promise<readonly Publication[]> {
    const { clock, random, origin, largePayloads = {} } = this.#options;
    await loadSerializers(requests.map(({ options }) => options.serializer ?? 'json'));
    const context = { now: clock.now(), random, origin, broker, largePayloads };
    if (requests.some(({ exchange }) => exchange)) {
      checkExchanges(requests, await this.#options.fanout?.());
    }
    return requests.map((request) => preparePublication(request, context));
  }

  async #sendToExchanges(
    publications: readonly Publication[],
    errors: Map<Publication, Error>,
  ): Promise<void> {
    const byExchange = groupByPlace(publications, ({ fanout }) => (fanout ? [fanout] : []));
    if (byExchange.size === 0) return;
    const fanout = await this.#options.fanout?.();
    await Promise.all(
      Array.from(byExchange, ([exchange, members]) =>
        sendToExchange(fanout, exchange, members, errors),
      ),
    );
  }

  /** What is to be sent, after whatever is too large for it was put away. */
  async #putAway(
    publications: readonly Publication[],
    broker: Broker,
  ): Promise<readonly Publication[]> {
    const large = publications.filter((publication) => publication.large);
    if (large.length === 0) return publications;
    await checkQueues(broker, large);
    const tools = await this.#checkPlaces(large);
    const { largePayloads = {} } = this.#options;
    if (!tools || !largePayloads) return publications;
    const done: Publication[] = [];
    // One after another: together they might not fit the memory.
    for (const publication of publications) {
      const { large, message } = publication;
      const body = large && (await putAway(large, tools, broker.maxMessageBytes));
      done.push(
        body === undefined ? publication : { ...publication, message: { ...message, body } },
      );
    }
    return done;
  }

  /** Answers where large ones may go. @throws EncodeError for what is too large for a message and has no place */
  async #checkPlaces(publications: readonly Publication[]): Promise<PayloadTools | undefined> {
    if (!publications.some(({ large }) => large)) return undefined;
    const tools = await this.#payloadTools();
    const { largePayloads = {} } = this.#options;
    for (const { large } of publications) if (large) checkHasPlace(large, tools, largePayloads);
    return tools;
  }

  async #payloadTools(): Promise<PayloadTools | undefined> {
    const { blobs: findBlobs, clock, random } = this.#options;
    const blobs = await findBlobs?.();
    return blobs && { blobs, clock, random };
  }
}

function noClaims(task: string): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `A call of ${task} is unique, and this producer has no state table to keep that in`,
  );
}

function noBatch(task: string): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `A call of ${task} is unique, which takes a request of its own: send it with applyAsync, not in a batch`,
  );
}

/** Adds to `errors`, also when a whole queue fails: other queues may have taken theirs. */
async function sendToQueue(
  broker: Broker,
  queue: string,
  members: readonly Publication[],
  errors: Map<Publication, Error>,
): Promise<void> {
  const messages = members.map(({ message }) => message);
  const outcomes = await broker.sendBatch(queue, messages).catch((error: Error) => error);
  members.forEach((member, index) => {
    const error = outcomes instanceof Error ? outcomes : outcomes[index];
    if (error) errors.set(member, error);
  });
}

function batchError(
  requests: readonly PublishRequest[],
  publications: readonly Publication[],
  errors: ReadonlyMap<Publication, Error>,
): BatchSendError {
  const sent: string[] = [];
  const unsent: UnsentMessage[] = [];
  publications.forEach((publication, index) => {
    const error = errors.get(publication);
    const { taskId } = publication;
    if (error) unsent.push({ taskId, task: requests[index]?.task ?? '', error });
    else sent.push(taskId);
  });
  return new BatchSendError(sent, unsent);
}

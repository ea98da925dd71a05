import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type SendingPlace, startInstantSqs } from './instant-sqs.ts';
import { type PythonPeer, startPythonPeer } from './python-peer.ts';
import { type Row, speedRow } from './row.ts';
import type { Stage } from './stage.ts';
import { benchApp, recordMessages } from './tasks.ts';
import { inTurns, secondsOf } from './timing.ts';

/** Turns before anything counts: V8 goes on to compile what it runs, and requests get faster, up to some 4,000 of them. */
const warmUpTurns = 100;
/** Messages of one turn. */
const single = 40;
const batched = 1000;
/** What the broker sends at once; the peer does the same. */
const parallelRequests = 8;

/** Producing, against the bare SDK and against Python Celery, as far as the engine lets them. */
export async function measureSending(stage: Stage, python: PythonPeer): Promise<Row[]> {
  const { delay, sendBatch, rawSingly, rawBatched, close } = await openSides(stage);
  const applyAsync = async () => (await python.send(single)) / single;
  const measure = async (name: string, ours: Side, peer: Side, atLeast?: number) => {
    await stage.emptyQueue();
    return speedRow(name, await inTurns(ours, peer), atLeast);
  };
  await stage.emptyQueue();
  for (let turn = 0; turn < warmUpTurns; turn++) {
    await delay();
    await rawSingly();
  }
  const rows = [
    await measure('delay | SendMessage of the SDK', delay, rawSingly, 0.9),
    await measure('sendBatch of 1,000 | SendMessageBatch of the SDK', sendBatch, rawBatched, 0.9),
    await measure('delay | Python apply_async', delay, applyAsync),
    await measure('sendBatch of 1,000 | Python apply_async', sendBatch, applyAsync, 15),
  ];
  await close();
  return rows;
}

/** The same where SQS answers at once: what the producers themselves take. For producers that are warm already. */
export async function measureProducing(
  stage: Stage,
  report: (line: string) => void,
): Promise<Row[]> {
  const sqs = await startInstantSqs(stage);
  process.env.AWS_ENDPOINT_URL = sqs.endpoint;
  const python = await startPythonPeer(sqs, report);
  const { delay, sendBatch, rawSingly, rawBatched, close } = await openSides(sqs);
  const applyAsync = async () => (await python.send(single)) / single;
  const measure = async (name: string, ours: Side, peer: Side, atLeast?: number) =>
    speedRow(`${name}, answered at once`, await inTurns(ours, peer), atLeast);
  try {
    return [
      await measure('delay | SendMessage of the SDK', delay, rawSingly),
      await measure('sendBatch of 1,000 | SendMessageBatch of the SDK', sendBatch, rawBatched),
      await measure('delay | Python apply_async', delay, applyAsync, 1.7),
    ];
  } finally {
    await close();
    await python.close();
    await sqs.close();
    process.env.AWS_ENDPOINT_URL = stage.endpoint;
  }
}

interface Sides {
  readonly delay: Side;
  readonly sendBatch: Side;
  readonly rawSingly: Side;
  readonly rawBatched: Side;
  close(): Promise<void>;
}

async function openSides(place: SendingPlace): Promise<Sides> {
  const { app, add } = benchApp({ endpoints: place.endpoints });
  const raw = await RawSender.on(place);
  return {
    delay: () =>
      each(single, async () => {
        for (let i = 0; i < single; i++) await add.delay(i, i);
      }),
    sendBatch: () =>
      each(batched, () => app.sendBatch(Array.from({ length: batched }, (_, i) => add.s(i, i)))),
    rawSingly: () => each(single, () => raw.singly()),
    rawBatched: () => each(batched, () => raw.batched()),
    async close() {
      raw.close();
      await app.close();
    },
  };
}

type Side = () => Promise<number>;

/** Seconds that one of `count` takes. */
async function each(count: number, run: () => Promise<unknown>): Promise<number> {
  return (await secondsOf(run)) / count;
}

/** The SDK as it comes: the same size of message, the same requests, the same of them at once. */
class RawSender {
  readonly #client: SQSClient = new SQSClient();
  readonly #queueUrl: string;
  readonly #body: string;

  private constructor({ queueUrl }: SendingPlace, body: string) {
    this.#queueUrl = queueUrl;
    this.#body = body;
  }

  static async on(place: SendingPlace): Promise<RawSender> {
    const { bodies } = await recordMessages(1);
    return new RawSender(place, bodies[0] ?? '');
  }

  async singly(): Promise<void> {
    for (let i = 0; i < single; i++) {
      const input = { QueueUrl: this.#queueUrl, MessageBody: this.#body };
      await this.#client.send(new SendMessageCommand(input));
    }
  }

  async batched(): Promise<void> {
    let left = batched / 10;
    const loop = async () => {
      while (left-- > 0) await this.#sendTen();
    };
    await Promise.all(Array.from({ length: parallelRequests }, loop));
  }

  close(): void {
    this.#client.destroy();
  }

  async #sendTen(): Promise<void> {
    const Entries = Array.from({ length: 10 }, (_, i) => ({
      Id: String(i),
      MessageBody: this.#body,
    }));
    await this.#client.send(new SendMessageBatchCommand({ QueueUrl: this.#queueUrl, Entries }));
  }
}

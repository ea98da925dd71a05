import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clients, createClients } from '../../lib/aws/index.ts';
import { type Celery, CeleryError } from '../../lib/index.ts';
import { queueUrls } from '../../lib/protocol/endpoints.ts';
import { interopStack, producerOf } from '../interop/interop-stack.ts';
import { describeWithEngine } from '../support/engine.ts';
import { type Letter, LetterBox } from './letter-box.ts';
import { rawEnvelope, rawMessage } from './raw-messages.ts';

const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`;

/** Texts that can never become a task; they carry `id` where a task's id stands. */
const undecodable: Readonly<Record<string, (id: string) => string>> = {
  'no properties': (id) => {
    const { properties, ...others } = rawEnvelope({ id });
    return JSON.stringify(others);
  },
  'an unknown __type__': (id) =>
    rawMessage({ id, body: [[{ __type__: 'nope', __value__: 1 }, 2], {}, {}] }),
  'gzip where zlib is meant': (id) =>
    rawMessage({
      id,
      body: gzipSync('[[1, 2], {}, {}]'),
      headers: { compression: 'application/x-gzip' },
    }),
  'a compression that nobody undid': (id) =>
    rawMessage({ id, headers: { compression: 'application/x-gzip' } }),
  'a compression nobody knows': (id) =>
    rawMessage({ id, headers: { compression: 'application/x-nope' } }),
  'a body that is an object': (id) => rawMessage({ id, body: { args: [1, 2] } }),
  'a body that is a number': (id) => rawMessage({ id, body: 7 }),
  'a body of two elements': (id) => rawMessage({ id, body: [[1, 2], {}] }),
  'keyword arguments in a list': (id) => rawMessage({ id, body: [[1, 2], [], {}] }),
  'a body that is half JSON': (id) => rawMessage({ id, body: Buffer.from('[[1, 2], {') }),
  'a body that is no UTF-8': (id) => rawMessage({ id, body: Buffer.from([0x22, 0xff, 0x22]) }),
  'an eta that is no date': (id) => rawMessage({ id, headers: { eta: 'tomorrow' } }),
  'half a message, its headers in front': (id) => {
    const { headers, ...others } = rawEnvelope({ id });
    return JSON.stringify({ headers, ...others }).slice(0, -200);
  },
  'arguments nested a thousand deep': (id) =>
    rawMessage({ id, body: Buffer.from(`[[${deep}, 2], {}, {}]`) }),
  // In base64, as Python writes it: LocalStack reads plain JSON itself, and its poller ends where Python's recursion does.
  'headers nested a thousand deep': (id) => {
    const text = rawMessage({ id, headers: { own: 0 } }).replace('"own":0', `"own":${deep}`);
    return Buffer.from(text).toString('base64');
  },
};

await describeWithEngine('messages that no worker can run', () => {
  let app: Celery;
  let clients: Clients;
  let letters: LetterBox;
  let queueUrl: string;

  beforeAll(async () => {
    const stack = await interopStack();
    app = producerOf(stack);
    clients = createClients({ region: stack.endpoints.region });
    queueUrl = queueUrls(stack.endpoints, 'queues').get('celery') ?? '';
    letters = new LetterBox(
      clients.sqs,
      queueUrls(stack.endpoints, 'deadLetterQueues').get('celery') ?? '',
    );
  });

  afterAll(async () => {
    await letters?.close();
    await app?.close();
  });

  /** Sends a text amid good messages; answers when those are all done. */
  async function sendAmidGoodOnes(text: string): Promise<void> {
    const good = [randomUUID(), randomUUID()];
    const bodies = [rawMessage({ id: good[0] }), text, rawMessage({ id: good[1] })];
    await clients.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: bodies.map((MessageBody, index) => ({ Id: `entry${index}`, MessageBody })),
      }),
    );
    const sums = await Promise.all(good.map((id) => app.AsyncResult(id).get({ timeout: 50 })));
    expect(sums).toEqual([3, 3]);
  }

  async function errorOf(id: string): Promise<CeleryError> {
    const error = await app.AsyncResult(id).get({ timeout: 50, propagate: false });
    if (error instanceof CeleryError) return error;
    throw new Error(`Expected an error of ours in task ${id}, got ${error}`);
  }

  describe.concurrent('what cannot be decoded', () => {
    test.for(Object.entries(undecodable))(
      '%s: the task fails, the letter says why, and the rest of the batch is unharmed',
      async ([, write]) => {
        const id = randomUUID();

        await sendAmidGoodOnes(write(id));

        const [error, letter] = await Promise.all([errorOf(id), letters.about(id)]);
        expect(error.name).toBe('DecodeError');
        expect(letter.attributes).toMatchObject({
          reason: 'DecodeError',
          detail: error.message,
          queue: 'celery',
        });
      },
    );

    test.for([
      ['no JSON', (mark: string) => `no JSON: ${mark}`],
      ['a list', (mark: string) => JSON.stringify([mark])],
      ['half a message', (mark: string) => rawMessage({ body: [mark] }).slice(0, 150)],
      ['base64 of nothing we know', (mark: string) => Buffer.from(mark).toString('base64')],
    ] as const)('%s, which names no task, is kept as it came', async ([, write]) => {
      const text = write(randomUUID());

      await sendAmidGoodOnes(text);

      const letter = await letters.find(({ body }) => body === text);
      expect(letter.attributes).toMatchObject({ reason: 'DecodeError', queue: 'celery' });
      expect(letter.attributes).not.toHaveProperty('task_id');
    });
  });

  describe.concurrent('what is refused', () => {
    test.for(['application/x-python-serialize', 'application/x-yaml', 'application/x-msgpack'])(
      '%s is disallowed content',
      async (contentType) => {
        const id = randomUUID();

        await sendAmidGoodOnes(rawMessage({ id, contentType }));

        const [error, letter] = await Promise.all([errorOf(id), letters.about(id)]);
        expect(error).toMatchObject({ name: 'ContentDisallowed', contentType });
        expect(letter.attributes.reason).toBe('ContentDisallowed');
      },
    );

    test.for(['nope', 'constructor', '__proto__', 'toString', 'hasOwnProperty', ''])(
      "a task named '%s' is not registered",
      async (task) => {
        const id = randomUUID();

        await sendAmidGoodOnes(rawMessage({ id, task }));

        const [error, letter] = await Promise.all([errorOf(id), letters.about(id)]);
        expect(error.name).toBe(task === '' ? 'DecodeError' : 'NotRegistered');
        expect(letter.attributes.reason).toBe(error.name);
      },
    );

    test('a task whose callback is no signature is kept, rather than forgotten half-way', async () => {
      const id = randomUUID();
      const callback = { args: [1], kwargs: {}, options: {} };
      const body = [
        [1, 2],
        {},
        { callbacks: [callback], errbacks: null, chain: null, chord: null },
      ];

      await sendAmidGoodOnes(rawMessage({ id, body }));

      const letter = await letters.about(id);
      expect(letter.attributes).toMatchObject({ reason: 'DecodeError' });
      expect(bodyOf(letter)).toEqual(body);
    });
  });
});

function bodyOf(letter: Letter): unknown {
  return JSON.parse(Buffer.from(JSON.parse(letter.body).body, 'base64').toString());
}

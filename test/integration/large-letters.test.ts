import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClients } from '../../lib/aws/index.ts';
import { type DeadLetter, type DeadLetters, deadLetters } from '../../lib/dead-letters/index.ts';
import { type AsyncResult, Celery, EncodeError } from '../../lib/index.ts';
import { type Endpoints, parseEndpoints, queueUrls } from '../../lib/protocol/endpoints.ts';
import {
  daysBeyondEta,
  PayloadKind,
  payloadLifetimes,
  payloadPrefix,
} from '../../lib/protocol/payload-keys.ts';
import { deployedStack } from '../support/deployed-stack.ts';
import { describeWithEngine } from '../support/engine.ts';
import { messagesIn } from '../support/queue-counts.ts';

const queue = 'large';
const wait = { timeout: 50 };
const patience = { timeout: 50_000, interval: 200 };
const large = 'é'.repeat(1_000_000);

await describeWithEngine('dead letters whose arguments lie in S3', () => {
  let endpoints: Endpoints;
  let app: Celery;
  let letters: DeadLetters;
  let sqs: SQSClient;
  let s3: S3Client;
  let Bucket: string;

  beforeAll(async () => {
    const outputs = (await deployedStack('test/integration/app.ts')).Integration;
    endpoints = parseEndpoints(outputs?.LargeCeleryEndpoints ?? '');
    Bucket = endpoints.blobBucket ?? '';
    app = new Celery('producer', { endpoints });
    letters = deadLetters(app);
    ({ sqs } = createClients({ region: endpoints.region }));
    s3 = new S3Client({ region: endpoints.region, forcePathStyle: true });
  });

  afterAll(async () => {
    await app?.close();
    sqs?.destroy();
    s3?.destroy();
  });

  /** A call of a task that no worker knows, and its letter. */
  async function deadCall(task: string): Promise<{ result: AsyncResult; letter: DeadLetter }> {
    const result = await app.sendTask(task, [large]);
    await expect(result.get(wait)).rejects.toMatchObject({ name: 'NotRegistered' });
    return { result, letter: await letterOf(result, 1) };
  }

  /** The letter of a task that died for the nth time. */
  async function letterOf({ id }: AsyncResult, generation: number): Promise<DeadLetter> {
    let found: DeadLetter | undefined;
    const look = async () => {
      [found] = await letters.list(id);
      return found?.attributes.dead_generation;
    };
    await expect.poll(look, patience).toBe(String(generation));
    if (!found) throw new Error(`Task ${id} has no letter`);
    return found;
  }

  async function expectSuccess({ id }: AsyncResult, value: unknown): Promise<void> {
    const state = () => app.AsyncResult(id).state();
    await expect.poll(state, patience).toBe('SUCCESS');
    expect(await app.AsyncResult(id).get(wait)).toBe(value);
  }

  async function expectNothingLeft(): Promise<void> {
    for (const of of ['queues', 'deadLetterQueues'] as const) {
      const url = queueUrls(endpoints, of).get(queue);
      await expect.poll(() => messagesIn(sqs, url), patience).toBe(0);
    }
  }

  /** Every key in the bucket, which has far fewer than a thousand. */
  async function objects(): Promise<readonly string[]> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    return Contents.map(({ Key = '' }) => Key);
  }

  async function addedSince(before: readonly string[]): Promise<readonly string[]> {
    return (await objects()).filter((key) => !before.includes(key));
  }

  test('are listed with their arguments, as often as one likes, and dropped', async () => {
    const before = await objects();
    const { result, letter } = await deadCall('integration.sise');
    const [again] = await letters.list(result.id);
    const dropped = await letters.drop(result.id);

    expect(letter).toMatchObject({ reason: 'NotRegistered', task: 'integration.sise' });
    for (const one of [letter, again, ...dropped]) {
      expect(one?.content?.message.args[0]).toBe(large);
      expect(one?.body.length).toBeLessThan(10_000);
    }
    expect(dropped).toHaveLength(1);
    expect(await addedSince(before)).toHaveLength(1);
    await expectNothingLeft();
  });

  test('are sent back as they are, and die again with the same payload', async () => {
    const { result, letter } = await deadCall('integration.sise');
    const before = await objects();

    await letters.sendBack(result.id);

    const second = await letterOf(result, 2);
    expect(second.content?.message.reference).toEqual(letter.content?.message.reference);
    expect(second.content?.message.args[0]).toBe(large);
    expect(await addedSince(before)).toEqual([]);
    await letters.drop(result.id);
    await expectNothingLeft();
  });

  test('run under another name with the payload they had', async () => {
    const { result } = await deadCall('integration.sise');
    const before = await objects();

    await letters.sendBack(result.id, () => ({ task: 'integration.size' }));

    await expectSuccess(result, 1_000_000);
    expect(await addedSince(before)).toEqual([]);
    await expectNothingLeft();
  });

  test.for([
    ['that are large as well, which lie in S3', 'y'.repeat(1_500_000), 1],
    ['that are small, which travel in the message', 'small', 0],
  ] as const)('run with other arguments %s', async ([, text, added]) => {
    const { result } = await deadCall('integration.sise');
    const before = await objects();

    await letters.sendBack(result.id, () => ({ task: 'integration.size', args: [text] }));

    await expectSuccess(result, text.length);
    expect(await addedSince(before)).toHaveLength(added);
    await expectNothingLeft();
  });

  test('whose payload is gone say so, cannot be edited, and run when it is back', async () => {
    const before = await objects();
    const result = await app.sendTask('integration.size', [large], { countdown: 5 });
    const [Key] = await addedSince(before);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const bytes = await Body?.transformToByteArray();
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await expect(result.get(wait)).rejects.toMatchObject({ name: 'PayloadError' });

    const letter = await letterOf(result, 1);
    const editing = letters.sendBack(result.id, () => ({ args: ['other'] }));
    await expect(editing).rejects.toThrow(EncodeError);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes }));
    await letters.sendBack(result.id);

    expect(letter).toMatchObject({ reason: 'PayloadError', content: undefined });
    expect(letter.unreadable).toMatchObject({ name: 'PayloadError' });
    await expectSuccess(result, 1_000_000);
    expect(await addedSince(before)).toEqual([Key]);
    await expectNothingLeft();
  });

  // Of what is left the bucket's lifecycle rules take care, which the construct makes of these prefixes.
  test('leave in S3 only what expires, as late as any copy of a letter may run', async () => {
    const days = payloadLifetimes.find((one) => one >= daysBeyondEta) ?? null;

    const left = await objects();

    expect(left.length).toBeGreaterThan(0);
    const prefix = payloadPrefix(PayloadKind.arguments, days);
    expect(left.filter((key) => !key.startsWith(prefix))).toEqual([]);
  });
});

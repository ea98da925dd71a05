import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAwsAdapters } from '../../lib/aws/index.ts';
import { Celery, EncodeError, systemClock, systemRandom } from '../../lib/index.ts';
import type { Adapters } from '../../lib/ports/index.ts';
import { type Endpoints, parseEndpoints } from '../../lib/protocol/endpoints.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeTaskMessage,
  newTaskMessage,
} from '../../lib/protocol/index.ts';
import { deployedStack } from '../support/deployed-stack.ts';
import { describeInterop } from './interop-stack.ts';
import { PythonProducer } from './python-producer.ts';
import { type PythonWorker, startPythonWorker } from './python-worker.ts';

const acceptAll = "accept_content = ['json', 'yaml', 'msgpack']";
const wait = { timeout: 50 };

await describeInterop('large payloads and other serializers', () => {
  let endpoints: Endpoints;
  let pythonSettings: string;
  let app: Celery;
  let python: PythonProducer;
  let adapters: Adapters;

  beforeAll(async () => {
    const { CeleryEndpoints = '', CeleryPythonSettings = '' } =
      (await deployedStack('test/interop/payloads-app.ts')).Payloads ?? {};
    endpoints = parseEndpoints(CeleryEndpoints);
    pythonSettings = CeleryPythonSettings;
    app = new Celery('producer', { endpoints });
    adapters = createAwsAdapters({ endpoints, clock: systemClock, random: systemRandom });
    python = await PythonProducer.start(`${pythonSettings}\n${acceptAll}\n`);
  });

  afterAll(async () => {
    await python?.close();
    await adapters?.close();
    await app?.close();
  });

  describe('large payloads', () => {
    test('an argument of 5 MB and a result of 3 MB come back as they went', async () => {
      const size = await app.sendTask<number>('payloads.size', ['é'.repeat(2_500_000)]);
      const made = await app.sendTask<string>('payloads.make', [3_000_000]);

      expect(await size.get(wait)).toBe(2_500_000);
      expect(await made.get(wait)).toBe('x'.repeat(3_000_000));
      expect(await made.state()).toBe('SUCCESS');
    });

    test('Python raises for a result that lies elsewhere, instead of taking it for a value', async () => {
      const made = await app.sendTask('payloads.make', [3_000_000]);
      await made.get(wait);

      const raised = await python.raisedBy(`AsyncResult('${made.id}', app=app).get(timeout=20)`);

      expect(raised.type).toBe('kombu.exceptions.DecodeError');
    });

    test('a poisoned reference is refused, and dead-lettered with its reason', async () => {
      const message = newTaskMessage({
        task: 'payloads.size',
        id: systemRandom.uuid(),
        args: [],
        reference: {
          uri: 's3://somebody-elses-bucket/arguments/35d/secret',
          sha256: '0'.repeat(64),
          bytes: 1,
          until: null,
          follows: false,
          contentType: 'application/json',
          contentEncoding: 'utf-8',
          compression: null,
        },
      });
      await adapters.broker.send('celery', { body: encodeTaskMessage(message) });

      await expect(app.AsyncResult(message.id).get(wait)).rejects.toMatchObject({
        name: 'PayloadError',
        message: expect.stringMatching(/^Refusing a payload at s3:\/\/somebody-elses-bucket/),
      });
      const letters = adapters.broker.deadLetterQueue('celery') ?? '';
      const received = await adapters.consumer.receive(letters, { max: 10, waitSeconds: 10 });
      expect(received.map(({ attributes }) => attributes)).toContainEqual(
        expect.objectContaining({ reason: 'PayloadError', task_id: message.id }),
      );
      await Promise.all(received.map((letter) => adapters.consumer.delete(letter)));
    });

    test('an argument that merely looks like a reference arrives as it is', async () => {
      const lookalike = { payload_reference: { uri: `s3://${endpoints.blobBucket}/arguments/x` } };

      const result = await app.sendTask('payloads.echo', [lookalike]);

      expect(await result.get(wait)).toEqual(lookalike);
    });

    test('nothing large is sent to the queue of a Python worker', async () => {
      const sending = app.sendTask('interop.echo', ['x'.repeat(2_000_000)], { queue: 'python' });

      await expect(sending).rejects.toThrow(EncodeError);
      await expect(sending).rejects.toThrow(/external: true of the queue/);
    });
  });

  describe.for(['yaml', 'msgpack'])('%s', (name) => {
    const pythonValue = `{'text': 'h\\u00e9llo', 'yes': ['no', '1e3', None, True], 'n': [1, -2.5, 2**53 - 1]}`;
    const value = { text: 'héllo', yes: ['no', '1e3', null, true], n: [1, -2.5, 2 ** 53 - 1] };

    test('a Python producer is served in it', async () => {
      const echoed = await python.evaluate(
        `app.send_task('payloads.echo', (${pythonValue},), serializer='${name}').get(timeout=50) == ${pythonValue}`,
      );

      expect(echoed).toBe('True');
    });

    test('a result in it is read by Python and here', async () => {
      const reader = new Celery('reader', { endpoints, resultSerializer: name });
      const echoed = await reader.sendTask('payloads.echo', [value], { queue: name });
      const failed = await reader.sendTask('payloads.fail', [], { queue: name });

      expect(await echoed.get(wait)).toEqual(value);
      await expect(failed.get(wait)).rejects.toThrow('as asked');
      const variation = `application("result_serializer = '${name}'")`;
      expect(
        await python.evaluate(
          `AsyncResult('${echoed.id}', app=${variation}).get(timeout=20) == ${pythonValue}`,
        ),
      ).toBe('True');
      await reader.close();
    });

    test('a result that Python wrote in it is read here', async () => {
      const id = systemRandom.uuid();
      await python.run(
        `application("result_serializer = '${name}'").backend.store_result('${id}', ${pythonValue}, 'SUCCESS')`,
      );
      const reader = new Celery('reader', { endpoints, resultSerializer: name });

      expect(await reader.AsyncResult(id).get(wait)).toEqual(value);
      await reader.close();
    });

    test('a large result in it makes Python raise, too', async () => {
      const reader = new Celery('reader', { endpoints, resultSerializer: name });
      const made = await reader.sendTask<string>('payloads.make', [500_000], { queue: name });

      expect((await made.get(wait)).length).toBe(500_000);
      const variation = `application("result_serializer = '${name}'")`;
      const raised = await python.raisedBy(`AsyncResult('${made.id}', app=${variation}).get()`);
      expect(raised.type).toBe('kombu.exceptions.DecodeError');
      await reader.close();
    });
  });

  describe('a Python worker', () => {
    let worker: PythonWorker;

    beforeAll(async () => {
      worker = await startPythonWorker(`${pythonSettings}\n${acceptAll}\n`, ['python']);
    });

    afterAll(() => worker?.close());

    test.for([
      ['yaml', undefined],
      ['msgpack', undefined],
      ['json', 'gzip'],
      ['yaml', 'zlib'],
      ['msgpack', 'gzip'],
    ] as const)('reads a call in %s, compression %s', async ([serializer, compression]) => {
      const value = { text: 'héllo', yes: ['no', '1e3', '2024-02-03', null, true], n: [1, -2.5] };

      const result = await app.sendTask('interop.identity', [value], {
        queue: 'python',
        serializer,
        compression,
      });

      expect(await result.get(wait)).toEqual(value);
    });

    test('lets a message whose body lies elsewhere alone', async () => {
      const sent = await app.sendTask('interop.identity', ['here'], { queue: 'python' });
      const envelope = decodeEnvelope(
        encodeTaskMessage(newTaskMessage({ task: 'interop.identity', id: 'elsewhere', args: [1] })),
      );
      const contentType = 'application/vnd.celery-aws.reference';
      const body = encodeEnvelope({ ...envelope, body: '', contentType });
      await adapters.broker.send('python', { body });

      expect(await sent.get(wait)).toBe('here');
      await expect(app.AsyncResult('elsewhere').get({ timeout: 3 })).rejects.toThrow(/3 seconds/);
    });
  });

  test('a compressed result is read by Python', async () => {
    const compressed = new Celery('local', { endpoints, resultCompression: 'gzip' });
    compressed.task('payloads.here', () => ['x'.repeat(1000)]);
    const { createWorker } = await import('../../lib/worker/index.ts');
    const worker = createWorker(compressed, adapters);
    const id = systemRandom.uuid();
    const message = newTaskMessage({ task: 'payloads.here', id, args: [] });
    const delivery = {
      messageId: id,
      queue: 'celery',
      body: encodeTaskMessage(message),
      attributes: {},
      receiveCount: 1,
      sentAt: Date.now(),
      receipt: 'none',
    };

    const [settlement] = await worker.process([delivery], {
      token: id,
      startedAt: Date.now(),
      deadline: Date.now() + 20_000,
    });

    expect(settlement).toEqual({ kind: 'settle' });
    expect(await python.evaluate(`AsyncResult('${id}', app=app).get(timeout=20)`)).toBe(
      `['${'x'.repeat(1000)}']`,
    );
  });
});

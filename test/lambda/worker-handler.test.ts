import { afterEach, describe, expect, test, vi } from 'vitest';
import { Celery, ImproperlyConfigured, silentLogger } from '../../lib/index.ts';
import {
  CELERY_MAX_ATTEMPTS,
  createWorkerHandler,
  type SqsRecord,
} from '../../lib/lambda/index.ts';
import { MemoryEngine } from '../../lib/memory/index.ts';
import type { Adapters } from '../../lib/ports/index.ts';
import { encodeTaskMessage, newTaskMessage } from '../../lib/protocol/index.ts';
import { ManualClock, SeededRandom } from '../../lib/testing/index.ts';

afterEach(() => vi.unstubAllEnvs());

function anApp() {
  const clock = new ManualClock();
  const random = new SeededRandom(1);
  const engine = new MemoryEngine({ clock, random });
  const app = new Celery('test', { logger: silentLogger });
  app.task('add', (x: number, y: number) => x + y);
  app.useAdapters(engine.adapters(), { clock, random });
  return { app, engine };
}

const context = {
  awsRequestId: 'request-1',
  functionName: 'shop-worker',
  getRemainingTimeInMillis: () => 30_000,
};

function aRecord(id: string, body: string): SqsRecord {
  return {
    messageId: id,
    receiptHandle: `receipt-${id}`,
    body,
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1700000000000' },
    messageAttributes: {},
    eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:celery',
  };
}

function aMessage(id: string): string {
  return encodeTaskMessage(newTaskMessage({ task: 'add', id, args: [1, 2] }));
}

/** The same adapters with a visibility timeout that is only noted. */
function watched(
  adapters: Adapters,
  changeVisibility: Adapters['consumer']['changeVisibility'],
): Adapters {
  const { consumer } = adapters;
  return {
    ...adapters,
    consumer: {
      queueOf: (arn) => consumer.queueOf(arn),
      receive: (queue, options) => consumer.receive(queue, options),
      delete: (delivery) => consumer.delete(delivery),
      changeVisibility,
    },
  };
}

describe('createWorkerHandler', () => {
  test('reports nothing when all is settled, so that Lambda deletes the batch', async () => {
    const { app, engine } = anApp();
    const handler = createWorkerHandler(app);

    const response = await handler(
      { Records: [aRecord('1', aMessage('a')), aRecord('2', aMessage('b'))] },
      context,
    );

    expect(response).toEqual({ batchItemFailures: [] });
    expect([engine.item('a')?.own?.status, engine.item('b')?.own?.status]).toEqual([
      'SUCCESS',
      'SUCCESS',
    ]);
  });

  test('gives back what it could not read, and says when it may return', async () => {
    const { app, engine } = anApp();
    const returns: [string, number][] = [];
    const adapters = watched(engine.adapters(), async ({ messageId }, seconds) => {
      returns.push([messageId, seconds]);
    });
    app.useAdapters({
      ...adapters,
      results: {
        ...adapters.results,
        maxDocumentBytes: 1,
        read: async () => Promise.reject(new Error('away')),
      },
    });
    const handler = createWorkerHandler(app);

    const response = await handler({ Records: [aRecord('1', aMessage('a'))] }, context);

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(returns).toEqual([['1', 10]]);
  });

  test('still reports what it gives back when the visibility cannot be changed', async () => {
    const { app, engine } = anApp();
    const adapters = watched(engine.adapters(), async () => Promise.reject(new Error('away')));
    app.useAdapters(adapters);
    const handler = createWorkerHandler(app);

    const response = await handler(
      { Records: [aRecord('1', aMessage('a'))] },
      { ...context, getRemainingTimeInMillis: () => 0 },
    );

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  });

  test('hands on what stands beside a message, with its types', async () => {
    const { app, engine } = anApp();
    app.useAdapters(watched(engine.adapters(), async () => {}));
    const record = {
      ...aRecord('1', 'no message'),
      messageAttributes: {
        tenant: { dataType: 'String', stringValue: 'acme' },
        size: { dataType: 'Number', stringValue: '12.50' },
        trace: { dataType: 'Binary', binaryValue: 'AP8=' },
      },
    };

    await createWorkerHandler(app)({ Records: [record] }, context);

    expect(engine.deadLetters('celery')[0]?.attributes).toMatchObject({
      reason: 'DecodeError',
      tenant: 'acme',
      size: { type: 'Number', value: '12.50' },
      trace: { type: 'Binary', value: Uint8Array.from([0, 255]) },
    });
  });

  test('rejects the batch when it cannot connect, and connects anew for the next', async () => {
    vi.stubEnv('CELERY_ENDPOINTS', 'not JSON');
    const { engine } = anApp();
    const app = new Celery('test', { logger: silentLogger });
    const handler = createWorkerHandler(app);

    await expect(handler({ Records: [] }, context)).rejects.toThrow(ImproperlyConfigured);
    app.useAdapters(engine.adapters());

    expect(await handler({ Records: [] }, context)).toEqual({ batchItemFailures: [] });
  });

  test('refuses a number of attempts that is none, naming the variable', async () => {
    vi.stubEnv(CELERY_MAX_ATTEMPTS, 'three');
    const handler = createWorkerHandler(anApp().app);

    await expect(handler({ Records: [] }, context)).rejects.toThrow(
      /CELERY_MAX_ATTEMPTS is 'three'/,
    );
  });
});

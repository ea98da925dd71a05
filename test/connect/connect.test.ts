import { afterEach, describe, expect, test, vi } from 'vitest';
import { DynamoDBResultBackend, SqsBroker } from '../../lib/aws/index.ts';
import { type ConnectOptions, connect } from '../../lib/connect/index.ts';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { Celery } from '../../lib/index.ts';
import { systemRandom } from '../../lib/ports/index.ts';
import type { Endpoints } from '../../lib/protocol/endpoints.ts';
import { ManualClock } from '../../lib/testing/manual-clock.ts';
import { AwsFault, startFakeAws } from '../support/fake-aws.ts';

const worker = vi.hoisted(() => ({ start: vi.fn(), stop: vi.fn() }));
vi.mock('../../lib/worker/polling/in-process.ts', () => ({ startInProcessWorker: worker.start }));
worker.start.mockReturnValue({ stop: worker.stop });

const app = { main: 'shop', router: new Celery('shop').router } as ConnectOptions['app'];
const at = 'https://sqs.eu-west-1.amazonaws.com/1';
const endpoints: Endpoints = {
  version: 1,
  region: 'eu-west-1',
  defaultQueue: 'celery',
  queueUrl: `${at}/Shop-celery`,
  queues: { celery: 'Shop-celery', mail: 'Shop-mail' },
  deadLetterQueues: { celery: 'Shop-dead' },
  resultTable: 'Shop-results',
  stateTable: 'Shop-state',
};
const json = JSON.stringify(endpoints);

function connectTo(options: Partial<ConnectOptions>) {
  return connect({ clock: new ManualClock(), random: systemRandom, app, ...options });
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.clearAllMocks();
  worker.start.mockReturnValue({ stop: worker.stop });
});

describe('AWS', () => {
  test.for([
    ['parsed endpoints', { endpoints }],
    ['endpoints as JSON', { endpoints: json }],
    ['CELERY_ENDPOINTS', { environment: { CELERY_ENDPOINTS: ` ${json}\n` } }],
  ] as const)('%s lead to its queues and tables', async ([, source]) => {
    const adapters = await connectTo(source);

    expect(adapters.broker).toBeInstanceOf(SqsBroker);
    expect(adapters.results).toBeInstanceOf(DynamoDBResultBackend);
    expect(adapters.broker.queues()).toEqual(['celery', 'mail']);
    expect(adapters.broker.deadLetterQueue('celery')).toBe('Shop-dead');
    expect(adapters.consumer.queueOf('arn:aws:sqs:eu-west-1:1:Shop-mail')).toBe('mail');
    expect(worker.start).not.toHaveBeenCalled();
    await adapters.close();
  });

  test('region, tables and key prefix are those asked for', async () => {
    await using aws = await startFakeAws(() => ({}));
    vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
    const adapters = await connectTo({ endpoints, keyPrefix: 'prod' });

    await adapters.results.read(['abc']);
    await adapters.startMarks.end({ taskId: 'abc', attempt: 0, generation: 0 }, 1);

    const [read, end] = aws.requests;
    const key = { id: { S: "b'prod_celery-task-meta-abc'" } };
    expect(read?.input.RequestItems).toMatchObject({ 'Shop-results': { Keys: [key] } });
    expect(end?.input.TableName).toBe('Shop-state');
    await adapters.close();
  });

  test('ssm: names a parameter that holds the JSON', async () => {
    await using aws = await startFakeAws(() => ({ Parameter: { Value: json } }));
    vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
    vi.stubEnv('AWS_REGION', 'eu-west-1');

    const adapters = await connectTo({
      environment: { CELERY_ENDPOINTS: 'ssm:/shop/endpoints' },
    });

    expect(aws.requests).toEqual([
      { operation: 'GetParameter', input: { Name: '/shop/endpoints', WithDecryption: true } },
    ]);
    expect(adapters.broker.queues()).toEqual(['celery', 'mail']);
    await adapters.close();
  });
});

describe('the in-process engine', () => {
  test.for([
    ['engine', { engine: 'memory', endpoints: json }],
    ['endpoints', { endpoints: 'memory' }],
    ['CELERY_ENDPOINTS', { environment: { CELERY_ENDPOINTS: 'memory' } }],
  ] as const)('%s: memory runs the tasks of the app here', async ([, source]) => {
    const adapters = await connectTo(source);

    await adapters.broker.send('any', { body: 'x' });

    expect(worker.start).toHaveBeenCalledExactlyOnceWith(app, expect.anything(), expect.anything());
    expect(worker.start.mock.lastCall?.[1].broker).toBe(adapters.broker);
    await adapters.close();
  });

  test('the worker hears of queues that come to be', async () => {
    const adapters = await connectTo({ engine: 'memory' });
    const seen: string[] = [];
    worker.start.mock.lastCall?.[2]((queue: string) => seen.push(queue));

    await adapters.broker.send('mail', { body: 'x' });

    expect(seen).toEqual(['mail']);
  });

  test('closing stops the worker first, then the waits', async () => {
    const adapters = await connectTo({ engine: 'memory' });
    const waiting = adapters.consumer.receive('mail', { max: 1, waitSeconds: 20 });
    worker.stop.mockImplementation(async () => {
      await adapters.broker.send('last', { body: 'still open' });
    });

    await adapters.close();

    expect(worker.stop).toHaveBeenCalledOnce();
    expect(await waiting).toEqual([]);
  });

  test('an explicit engine comes before the environment', async () => {
    const environment = { CELERY_ENDPOINTS: json };

    const adapters = await connectTo({ engine: 'memory', environment });

    expect(adapters.broker).not.toBeInstanceOf(SqsBroker);
  });
});

describe('nowhere', () => {
  test.for([{}, { environment: {} }, { environment: { CELERY_ENDPOINTS: ' ' } }])(
    '%o names both ways out',
    async (source) => {
      const connecting = connectTo(source);

      await expect(connecting).rejects.toThrow(ImproperlyConfigured);
      await expect(connecting).rejects.toThrow(/CeleryEndpoints.*grantProduce.*engine: 'memory'/);
    },
  );

  test('a value that cannot be read says what is wrong with it', async () => {
    await expect(connectTo({ endpoints: '{"version": 2}' })).rejects.toThrow(/"version" is 2/);
  });

  test('a parameter that is not there is named', async () => {
    await using aws = await startFakeAws(() => new AwsFault('ParameterNotFound'));
    vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
    vi.stubEnv('AWS_REGION', 'eu-west-1');

    await expect(connectTo({ endpoints: 'ssm:/shop/none' })).rejects.toThrow(
      "Reading parameter '/shop/none' failed: ParameterNotFound",
    );
  });

  test('ssm: without its client prints the line that installs it', async () => {
    vi.doMock('@aws-sdk/client-ssm', () => {
      throw new Error('Cannot find package');
    });

    await expect(connectTo({ endpoints: 'ssm:/shop/endpoints' })).rejects.toThrow(
      /npm i @aws-sdk\/client-ssm/,
    );
    vi.doUnmock('@aws-sdk/client-ssm');
  });
});

import { describe, expect, test } from 'vitest';
import { SqsBroker } from '../../lib/aws/index.ts';
import type { ConnectOptions } from '../../lib/connect/index.ts';
import { connectInBundle } from '../../lib/connect/worker-bundle.ts';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { systemClock, systemRandom } from '../../lib/ports/index.ts';
import type { Endpoints } from '../../lib/protocol/endpoints.ts';

const endpoints: Endpoints = {
  version: 1,
  region: 'eu-west-1',
  defaultQueue: 'celery',
  queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/Shop-celery',
  queues: { celery: 'Shop-celery' },
  deadLetterQueues: {},
  resultTable: 'Shop-results',
  stateTable: 'Shop-state',
};

function connectTo(options: Partial<ConnectOptions>) {
  const app = { main: 'shop' } as ConnectOptions['app'];
  return connectInBundle({ clock: systemClock, random: systemRandom, app, ...options });
}

describe("a worker's bundle", () => {
  test('connects to the queues and tables of its endpoints', async () => {
    const adapters = await connectTo({
      environment: { CELERY_ENDPOINTS: JSON.stringify(endpoints) },
    });

    expect(adapters.broker).toBeInstanceOf(SqsBroker);
    expect(adapters.broker.queues()).toEqual(['celery']);
    await adapters.close();
  });

  test.for([
    { engine: 'memory' },
    { endpoints: 'memory' },
    { environment: { CELERY_ENDPOINTS: 'memory' } },
  ] as const)('refuses the in-process engine, which it does not hold: %o', async (source) => {
    const connecting = connectTo(source);

    await expect(connecting).rejects.toThrow(ImproperlyConfigured);
    await expect(connecting).rejects.toThrow(/CELERY_ENDPOINTS=memory.*startTestWorker/);
  });
});

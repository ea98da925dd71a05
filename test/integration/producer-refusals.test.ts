import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAwsAdapters } from '../../lib/aws/index.ts';
import {
  Celery,
  EncodeError,
  ImproperlyConfigured,
  QueueNotFound,
  systemClock,
  systemRandom,
} from '../../lib/index.ts';
import { type FakeAws, startFakeAws, taken } from '../support/fake-aws.ts';

const cycle: unknown[] = [];
cycle.push(cycle);

type Call = (app: Celery) => Promise<unknown>;
type Refusal = typeof EncodeError | typeof ImproperlyConfigured | typeof QueueNotFound;

/** Calls that cannot be sent, why, and what the error must name. */
const refused: Readonly<Record<string, readonly [Call, Refusal, RegExp]>> = {
  'an argument JSON cannot carry': [
    (app) => app.sendTask('shop.add', [1, { deep: [() => 1] }]),
    EncodeError,
    /shop\.add.*deep/,
  ],
  'a keyword argument JSON cannot carry': [
    (app) => app.sendTask('shop.add', [], { kwargs: { when: new Date(Number.NaN) } }),
    EncodeError,
    /shop\.add.*when/,
  ],
  'an argument that contains itself': [
    (app) => app.sendTask('shop.add', [cycle]),
    EncodeError,
    /shop\.add/,
  ],
  'a message that is too large': [
    (app) => app.sendTask('shop.add', ['x'.repeat(1_100_000)]),
    EncodeError,
    /shop\.add.*1[1-9]\d{5,} bytes.*limit is \d+/,
  ],
  'a queue nobody knows': [
    (app) => app.sendTask('shop.add', [1], { queue: 'mial' }),
    QueueNotFound,
    /'mial'.*mail/,
  ],
  'an option nobody knows': [
    (app) => app.sendTask('shop.add', [1], { countDown: 3 } as object),
    ImproperlyConfigured,
    /'countDown'.*'countdown'/,
  ],
  "a header of the message's own": [
    (app) => app.sendTask('shop.add', [1], { headers: { eta: 'now' } }),
    ImproperlyConfigured,
    /'eta'/,
  ],
  'one bad call among good ones': [
    (app) =>
      app.sendBatch([app.signature('shop.add', [1]), app.signature('shop.add', [Symbol('bad')])]),
    EncodeError,
    /shop\.add/,
  ],
};

describe('calls that cannot be sent', () => {
  let aws: FakeAws;
  let app: Celery;

  beforeAll(async () => {
    aws = await startFakeAws(taken);
    const queueUrl = `${aws.endpoint}/000000000000/mail`;
    const endpoints = {
      version: 1,
      region: 'us-east-1',
      defaultQueue: 'mail',
      queueUrl,
      queues: { mail: 'mail' },
      deadLetterQueues: {},
      resultTable: 'results',
      stateTable: 'state',
    } as const;
    app = new Celery('shop', { taskDefaultQueue: 'mail' });
    app.useAdapters(
      createAwsAdapters({ endpoints, clients: aws, clock: systemClock, random: systemRandom }),
    );
  });

  afterAll(() => aws?.[Symbol.asyncDispose]());

  test.for(Object.entries(refused))(
    '%s: the error says what and where, and nothing is sent',
    async ([, [call, kind, message]]) => {
      const error = await call(app).then(
        () => expect.fail('it was sent'),
        (error: Error) => error,
      );

      expect(error).toBeInstanceOf(kind);
      expect(error.message).toMatch(message);
      expect(aws.requests).toEqual([]);
    },
  );

  test('without endpoints the error names both ways out', async () => {
    const lost = new Celery('lost', { endpoints: ' ' });

    await expect(lost.sendTask('shop.add', [1])).rejects.toThrow(ImproperlyConfigured);
    await expect(lost.sendTask('shop.add', [1])).rejects.toThrow(
      /CELERY_ENDPOINTS.*engine: 'memory'/,
    );
  });
});

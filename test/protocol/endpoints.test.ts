import { describe, expect, test } from 'vitest';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { parseEndpoints } from '../../lib/protocol/endpoints.ts';

const least = {
  version: 1,
  region: 'eu-west-3',
  defaultQueue: 'celery',
  queueUrl: 'https://sqs/1/celery',
  queues: { celery: 'celery' },
  deadLetterQueues: {},
  resultTable: 'results',
  stateTable: 'state',
};

describe('endpoints about large payloads', () => {
  test.for([{}, { blobBucket: 'payloads', externalQueues: ['python'] }])(
    'may say %j',
    (payloads) => {
      expect(parseEndpoints(JSON.stringify({ ...least, ...payloads }))).toEqual({
        ...least,
        ...payloads,
      });
    },
  );

  test.for([
    [{ blobBucket: 7 }, '"blobBucket" is not a text'],
    [{ externalQueues: 'python' }, '"externalQueues" is not a list of texts'],
    [{ externalQueues: [null] }, '"externalQueues" is not a list of texts'],
  ] as const)('may not say %j', ([payloads, says]) => {
    const parse = () => parseEndpoints(JSON.stringify({ ...least, ...payloads }));

    expect(parse).toThrow(ImproperlyConfigured);
    expect(parse).toThrow(says);
  });
});

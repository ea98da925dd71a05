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

describe('endpoints about routing', () => {
  const queues = { ...least.queues, 'celery-p5': 'Shop-p5' };

  test('may have lanes, which are queues, and topics', () => {
    const endpoints = { ...least, queues, lanes: { celery: [0, 5] }, topics: { news: 'arn:news' } };

    expect(parseEndpoints(JSON.stringify(endpoints))).toEqual(endpoints);
  });

  test.for([
    [{ lanes: { celery: [0, 7] } }, "does not list the lane 'celery-p7'"],
    [{ lanes: { celery: [5, 0] } }, '"lanes" of \'celery\' are not rising priorities'],
    [{ lanes: 3 }, '"lanes" is not an object'],
    [{ topics: { news: 1 } }, '"topics" is not an object of texts'],
  ] as const)('may not say %j', ([routing, says]) => {
    const parse = () => parseEndpoints(JSON.stringify({ ...least, queues, ...routing }));

    expect(parse).toThrow(ImproperlyConfigured);
    expect(parse).toThrow(says);
  });
});

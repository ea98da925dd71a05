import { expect, test } from 'vitest';
import { pythonSettings } from '../../cdk/constructs/python-settings.ts';

test('settings for Python are source that can be pasted', () => {
  const source = pythonSettings({
    region: 'eu-west-3',
    queues: new Map([
      ['celery', 'https://sqs.eu-west-3.amazonaws.com/123456789012/Shop-celery'],
      ['my-app', 'https://sqs.eu-west-3.amazonaws.com/123456789012/Shop-my-app'],
    ]),
    defaultQueue: 'celery',
    resultTable: 'Shop-Results',
    ttlSeconds: 86_400,
  });

  expect(source).toBe(`\
broker_url = 'sqs://'
broker_transport_options = {
    'region': 'eu-west-3',
    'predefined_queues': {
        'celery': {'url': 'https://sqs.eu-west-3.amazonaws.com/123456789012/Shop-celery'},
        'my-app': {'url': 'https://sqs.eu-west-3.amazonaws.com/123456789012/Shop-my-app'},
    },
}
result_backend = 'dynamodb://@eu-west-3/Shop-Results?ttl_seconds=86400'
task_default_queue = 'celery'`);
});

test('a name with a quote or a backslash stays one text in Python', () => {
  const source = pythonSettings({
    region: 'eu-west-3',
    queues: new Map(),
    defaultQueue: `it's\\here`,
    resultTable: 'celery',
    ttlSeconds: 1,
  });

  expect(source).toContain(`task_default_queue = 'it\\'s\\\\here'`);
});

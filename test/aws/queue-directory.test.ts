import { describe, expect, test } from 'vitest';
import { QueueDirectory } from '../../lib/aws/index.ts';
import { QueueNotFound } from '../../lib/errors.ts';

const at = 'https://sqs.eu-west-1.amazonaws.com/123456789012';

const directory = new QueueDirectory({
  queues: new Map([
    ['celery', `${at}/Shop-celery`],
    ['my.images', `${at}/Shop-my-images`],
    ['letters', `${at}/Shop-letters`],
  ]),
  deadLetterQueues: new Map([
    ['celery', `${at}/Shop-dead`],
    ['my.images', `${at}/Shop-dead`],
    ['letters', `${at}/letters`],
  ]),
});

describe('QueueDirectory', () => {
  test('gives the URL of a queue by its Celery name', () => {
    expect(directory.url('my.images')).toBe(`${at}/Shop-my-images`);
  });

  test('names a dead-letter queue as SQS does, shared ones alike', () => {
    expect(directory.deadLetterQueue('celery')).toBe('Shop-dead');
    expect(directory.deadLetterQueue('my.images')).toBe('Shop-dead');
    expect(directory.url('Shop-dead')).toBe(`${at}/Shop-dead`);
  });

  test('names a dead-letter queue by its URL where its name is that of another queue', () => {
    expect(directory.deadLetterQueue('letters')).toBe(`${at}/letters`);
    expect(directory.url(`${at}/letters`)).toBe(`${at}/letters`);
    expect(directory.url('letters')).toBe(`${at}/Shop-letters`);
  });

  test('lists the queues that tasks are sent to', () => {
    expect(directory.names).toEqual(['celery', 'my.images', 'letters']);
  });

  test('refuses an unknown name and lists the known ones', () => {
    expect(() => directory.url('mail')).toThrow(QueueNotFound);
    expect(() => directory.url('mail')).toThrow(/'mail' .*: celery, my.images, letters/);
  });

  test('refuses names that every object has', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(() => directory.url(name)).toThrow(QueueNotFound);
      expect(directory.deadLetterQueue(name)).toBeUndefined();
    }
  });

  test('finds the Celery name of a queue by its ARN', () => {
    const arn = 'arn:aws:sqs:eu-west-1:123456789012:';

    expect(directory.nameOf(`${arn}Shop-my-images`)).toBe('my.images');
    expect(directory.nameOf(`${arn}Shop-dead`)).toBe('Shop-dead');
    expect(directory.nameOf(`${arn}unknown`)).toBe('unknown');
  });
});

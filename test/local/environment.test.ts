import { describe, expect, test } from 'vitest';
import { isAws, localAccount, localEnvironment } from '../../local/environment.ts';

const endpoint = 'http://localhost:4566';

describe('localEnvironment', () => {
  test('needs nothing and gives the SDKs all they ask for', () => {
    expect(localEnvironment(endpoint, {})).toEqual({
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
    });
  });

  test('lets no real credential through, and nothing that would look for one', () => {
    const local = localEnvironment(endpoint, {
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_PROFILE: 'work',
      PATH: '/bin',
    });

    expect(local).toMatchObject({
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      PATH: '/bin',
    });
    expect(local).not.toHaveProperty('AWS_SESSION_TOKEN');
    expect(local).not.toHaveProperty('AWS_PROFILE');
  });

  test('keeps the region and the account that were asked for', () => {
    const asked = { AWS_DEFAULT_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: '123456789012' };

    expect(localEnvironment(endpoint, asked)).toMatchObject({
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: '123456789012',
    });
    expect(localAccount(asked)).toBe('123456789012');
    expect(localAccount({})).toBe('000000000000');
  });
});

describe('isAws', () => {
  test.for([
    ['https://sqs.eu-west-1.amazonaws.com', true],
    ['https://sqs.cn-north-1.amazonaws.com.cn', true],
    ['https://sqs.us-east-1.api.aws', true],
    ['http://localhost:4566', false],
    ['http://localstack:4566', false],
    ['http://amazonaws.com.example.org', false],
  ] as const)('%s: %s', ([url, expected]) => {
    expect(isAws(url)).toBe(expected);
  });
});

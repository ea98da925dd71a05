import { expect, test } from 'vitest';
import { celeryAws } from '../support/celery-aws.ts';

test('celery-aws demo runs every task in its own process and ends', async () => {
  const { code, stdout } = await celeryAws(['demo'], { AWS_ENDPOINT_URL: undefined });

  expect(stdout).toMatch(/add\(19, 23\) .*yes .*42/);
  expect(stdout).toMatch(/charge\(.*yes .*CardDeclined/);
  expect(code).toBe(0);
}, 30_000);

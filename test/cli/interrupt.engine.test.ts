import { describe, expect, test } from 'vitest';
import { findPython } from '../../local/python.ts';
import { startCeleryAws } from '../support/celery-aws.ts';
import { skipWithout } from '../support/skip.ts';

describe('celery-aws local', () => {
  test.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends it, and the engine it started',
    async (signal, context) => {
      if ((await findPython()) === undefined) return skipWithout(context, 'Python 3.11');
      const command = startCeleryAws(['local', '--no-demo'], { AWS_ENDPOINT_URL: undefined });
      const [, endpoint] = await command.printed(/AWS_ENDPOINT_URL=(\S+)/);
      expect((await fetch(`${endpoint}/_localstack/health`)).ok).toBe(true);

      command.kill(signal);

      expect(await command.ended).toMatchObject({ code: 0 });
      await expect(fetch(`${endpoint}/_localstack/health`)).rejects.toThrow();
    },
  );
});

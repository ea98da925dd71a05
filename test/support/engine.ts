import { describe, test } from 'vitest';

/**
 * The local AWS that tests may use: `AWS_ENDPOINT_URL`, which the global setup sets when it has started one.
 * undefined where there is none.
 */
export function engineEndpoint(): string | undefined {
  return process.env.AWS_ENDPOINT_URL || undefined;
}

/** A `describe` of tests that need an AWS engine. Without one they fail on CI; elsewhere they are skipped, and say so. */
export async function describeWithEngine(
  name: string,
  body: (endpoint: string) => void | Promise<void>,
): Promise<void> {
  const endpoint = engineEndpoint();
  if (endpoint !== undefined) {
    process.env.AWS_REGION ??= 'us-east-1';
    process.env.AWS_ACCESS_KEY_ID ??= 'test';
    process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
    await body(endpoint);
    return;
  }
  const reason = 'AWS_ENDPOINT_URL is not set: no AWS engine to test with';
  if (!process.env.CI) process.stderr.write(`Skipping ${name}: ${reason}\n`);
  describe(name, () => {
    test.skipIf(!process.env.CI)(`needs an engine (${reason})`, () => {
      throw new Error(reason);
    });
  });
}

import type { TestContext } from 'vitest';

/** Skips a test and prints why, which vitest's reporter does not. */
export function skipTelling(context: Pick<TestContext, 'skip'>, reason: string): never {
  process.stderr.write(`Skipping a test: ${reason}\n`);
  return context.skip(reason);
}

/** Skips a test that this machine lacks something for, and prints it. @throws on CI, where nothing may be lacking */
export function skipWithout(context: Pick<TestContext, 'skip'>, what: string): never {
  if (process.env.CI) throw new Error(`This test needs ${what}`);
  return skipTelling(context, `it needs ${what}`);
}

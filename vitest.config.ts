import { defineConfig } from 'vitest/config';

/** Tests that talk to an AWS engine; all others need nothing but Node. */
const withEngine = [
  'test/integration/**/*.test.ts',
  'test/interop/**/*.test.ts',
  'test/contracts/aws*.test.ts',
  'test/**/*.engine.test.ts',
];

const report = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: withEngine,
          // No test is about the machine's speed: a busy one takes its time.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: withEngine,
          globalSetup: 'test/support/global-setup.ts',
          // These wait for the engine most of the time, and are not to wait for each other.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});

import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { assignments, nextSteps } from '../../local/next-steps.ts';

test('a shell reads assignments back exactly', () => {
  const value = `{"it's":"a $HOME \`pwd\` \\ value"}`;

  const echoed = execFileSync('sh', ['-c', `${assignments({ VALUE: value })}; printf %s "$VALUE"`]);

  expect(echoed.toString()).toBe(value);
});

test('the last lines hold all that another terminal needs', () => {
  const text = nextSteps({
    environment: { AWS_ENDPOINT_URL: 'http://localhost:4566' },
    endpoints: '{"version":1}',
    pythonSettings: "broker_url = 'sqs://'",
    invocation: 'npx celery-aws',
  });

  expect(text).toContain("broker_url = 'sqs://'");
  expect(text).toContain('export AWS_ENDPOINT_URL=http://localhost:4566');
  expect(text).toContain(`export CELERY_ENDPOINTS='{"version":1}'`);
  expect(text).toContain("npx celery-aws call demo.add --args '[2, 3]'");
});

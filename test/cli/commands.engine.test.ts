import { expect, test } from 'vitest';
import { celeryOutputs } from '../../local/deploy.ts';
import { celeryAws } from '../support/celery-aws.ts';
import { deployedStack } from '../support/deployed-stack.ts';
import { describeWithEngine } from '../support/engine.ts';

await describeWithEngine('on a deployed stack', (endpoint) => {
  test('celery-aws local --once shows every task end as expected', async () => {
    const { code, stdout, stderr } = await celeryAws(['local', '--once'], {
      AWS_ENDPOINT_URL: endpoint,
    });

    expect(stderr).toContain(`at ${endpoint}`);
    expect(stdout).toMatch(/import_rows\(5\) .*PROGRESS/);
    expect(stdout).toMatch(/charge\(.*yes .*CardDeclined/);
    expect(stdout).toContain('CELERY_ENDPOINTS={"version":1,');
    expect(stdout).toContain("broker_url = 'sqs://'");
    expect(code).toBe(0);
  }, 120_000);

  test('celery-aws call sends a task by its name and prints what becomes of it', async () => {
    const { endpoints } = celeryOutputs(await deployedStack('cdk/app.ts'), 'CeleryDemo');
    const environment = { CELERY_ENDPOINTS: endpoints };

    const sum = await celeryAws(['call', 'demo.add', '--args', '[2, 3]'], environment);
    const charge = await celeryAws(['call', 'demo.charge', '-a', '["4242", 5]'], environment);

    expect(sum).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n5\n$/) });
    expect(charge).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^CardDeclined: card/m),
    });
  }, 120_000);
});

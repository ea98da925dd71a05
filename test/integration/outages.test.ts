import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from 'vitest';
import type { AsyncResult, Celery } from '../../lib/index.ts';
import { describeWithEngine } from '../support/engine.ts';
import { messagesIn } from '../support/queue-counts.ts';
import type { Fault, Service } from './unsteady-aws.ts';
import { deadLetterUrl, test } from './unsteady-worker.ts';

const outageMs = 4000;
const everything = ['SQS', 'DynamoDB'] as const;

const outages: readonly (readonly [string, readonly Service[], Fault])[] = [
  ['DynamoDB throttles', ['DynamoDB'], 'throttled'],
  ['DynamoDB is unavailable', ['DynamoDB'], 'unavailable'],
  ['DynamoDB is away', ['DynamoDB'], 'away'],
  ['DynamoDB takes requests and its answers are lost', ['DynamoDB'], 'silent'],
  ['SQS throttles', ['SQS'], 'throttled'],
  ['SQS is away', ['SQS'], 'away'],
  ['SQS takes requests and its answers are lost', ['SQS'], 'silent'],
  ['both are away', everything, 'away'],
];

await describeWithEngine('a worker whose AWS fails for a while', () => {
  describe.concurrent('nothing is lost and nothing dies', () => {
    test.for(outages)(
      '%s',
      { timeout: 120_000 },
      async ([, services, fault], { aws, endpoints, unsteady, producer, expect }) => {
        const before = await sendTasks(producer, 15);
        await expect.poll(() => before[0]?.ready(), { timeout: 20_000 }).toBe(true);
        unsteady.break(services, fault);
        const during = await sendTasks(producer, 15);
        await sleep(outageMs);
        unsteady.mend();

        const values = await Promise.all(
          [...before, ...during].map((result) => result.get({ timeout: 90 })),
        );
        expect(values).toEqual([...numbers(15), ...numbers(15)]);
        expect(unsteady.failures()).toBeGreaterThan(0);
        await expect
          .poll(() => messagesIn(aws.sqs, endpoints.queueUrl), { timeout: 60_000 })
          .toBe(0);
        expect(await messagesIn(aws.sqs, deadLetterUrl(endpoints))).toBe(0);
      },
    );
  });
});

async function sendTasks(producer: Celery, count: number): Promise<readonly AsyncResult[]> {
  return await producer.sendBatch(
    numbers(count).map((n) => producer.signature('unsteady.identity', [n])),
  );
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

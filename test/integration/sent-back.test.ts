import {
  GetQueueAttributesCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AsyncResult, NotRegistered } from '../../lib/index.ts';
import { describeWithEngine } from '../support/engine.ts';
import { skipTelling } from '../support/skip.ts';
import { type IntegrationStack, integrationStack } from './integration-stack.ts';
import type { LetterBox } from './letter-box.ts';

const wait = { timeout: 50 };

await describeWithEngine('letters sent back from the dead-letter queue', () => {
  let stack: IntegrationStack;
  let box: LetterBox | undefined;

  beforeAll(async () => {
    stack = await integrationStack();
  });

  afterAll(() => stack?.close());

  /** Calls a task that only the worker of queue `newer` knows, and has it refused. */
  async function refusedTask(value: unknown): Promise<AsyncResult> {
    const result = await stack.app.sendTask('integration.latecomer', [value]);
    await expect(result.get(wait)).rejects.toBeInstanceOf(NotRegistered);
    return result;
  }

  async function sendBack(queue: string, body: string): Promise<void> {
    const QueueUrl = stack.queueUrl(queue);
    await stack.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
  }

  async function expectSuccess({ id }: AsyncResult, value: unknown): Promise<void> {
    const state = () => stack.app.AsyncResult(id).state();
    await expect.poll(state, { timeout: 50_000, interval: 200 }).toBe('SUCCESS');
    expect(await stack.app.AsyncResult(id).get(wait)).toBe(value);
  }

  async function queueArn(url: string): Promise<string | undefined> {
    const AttributeNames = ['QueueArn' as const];
    const answer = await stack.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }),
    );
    return answer.Attributes?.QueueArn;
  }

  // First of all, while nothing else takes letters from this queue.
  test("SQS's own redrive brings a letter to a worker that knows its task, and it succeeds", async (context) => {
    const result = await refusedTask('moved');
    const command = new StartMessageMoveTaskCommand({
      SourceArn: await queueArn(stack.deadLetterUrl('plain')),
      DestinationArn: await queueArn(stack.queueUrl('newer')),
    });
    await stack.sqs.send(command).catch((error: Error) => {
      if (error.name !== 'InvalidAction') throw error;
      skipTelling(context, 'this engine has no StartMessageMoveTask');
    });

    await expectSuccess(result, 'moved');
  });

  test('the body alone is enough for it to run', async () => {
    box ??= stack.letterBox('plain');
    const result = await refusedTask('body alone');
    const letter = await box.about(result.id);

    await sendBack('newer', letter.body);

    await expectSuccess(result, 'body alone');
  });

  test('sent to a worker that does not know it either, it dies once more and can be sent again', async () => {
    box ??= stack.letterBox('plain');
    const result = await refusedTask('second life');
    const first = await box.about(result.id);
    await sendBack('plain', first.body);
    const second = await box.find(
      ({ attributes }) => attributes.task_id === result.id && attributes.dead_generation === '2',
    );

    await sendBack('newer', second.body);

    expect(first.attributes).toMatchObject({ reason: 'NotRegistered', dead_generation: '1' });
    await expectSuccess(result, 'second life');
  });
});

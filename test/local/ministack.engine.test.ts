import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { deploy } from '../../local/deploy.ts';
import { type Engine, openEngine } from '../../local/engine.ts';
import { ministack } from '../../local/ministack.ts';
import { findPython } from '../../local/python.ts';
import { skipWithout } from '../support/skip.ts';

const batches = 150;
const seconds = 1000;

test('starts a ministack that gives no message to a function and to another receiver alike', {
  timeout: 180 * seconds,
}, async (context) => {
  if ((await findPython()) === undefined) return skipWithout(context, 'Python 3.11');
  const engine = await openEngine({ environment: {}, recipes: [ministack] });

  const received = await receiveBesideFunction(engine).finally(engine.stop);

  expect(received.length).toBeGreaterThan(batches);
  const counts = new Set(received.map(({ Attributes }) => Attributes?.ApproximateReceiveCount));
  expect([...counts]).toEqual(['1']);
});

/** All that this process gets of what it sends to the queue of a function, each deleted: which fails when another has it. */
async function receiveBesideFunction(engine: Engine): Promise<readonly Message[]> {
  const outputs = await deploy('test/fixtures/shared-queue-stack.ts', engine);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sqs = new SQSClient({ endpoint: engine.endpoint, region: 'us-east-1', credentials });
  const QueueUrl = outputs.SharedQueue?.QueueUrl;
  const received: Message[] = [];
  let allSent = false;
  const receiveAll = async () => {
    for (let empty = false; !(empty && allSent); ) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
      );
      for (const { ReceiptHandle } of Messages) {
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
      received.push(...Messages);
      empty = Messages.length === 0;
    }
  };
  const sendAll = async () => {
    const ten = Array.from({ length: 10 }, (_, i) => ({ Id: `${i}`, MessageBody: 'x' }));
    for (let sent = 0; sent < batches; sent++) {
      await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: ten }));
    }
    allSent = true;
  };
  await Promise.all([sendAll(), receiveAll(), receiveAll()]);
  sqs.destroy();
  return received;
}

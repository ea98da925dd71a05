import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Celery, WorkerLostError } from '../../lib/index.ts';
import type { Starts } from '../interop/starts.ts';
import { describeWithEngine } from '../support/engine.ts';
import { type MessagePlace, messagesIn } from '../support/queue-counts.ts';
import { type IntegrationStack, integrationStack } from './integration-stack.ts';
import { rawMessage } from './raw-messages.ts';

/** A lost delivery comes back after 18 seconds, one that met a lease after its 15. */
const patienceSeconds = 150;
const wait = { timeout: patienceSeconds };
const patience = { timeout: patienceSeconds * 1000, interval: 200 };

/** Long enough for both deliveries to come while it runs, within the ten seconds that its worker has. */
const runSeconds = 6;

await describeWithEngine('a task that starts once', () => {
  let stack: IntegrationStack;
  let starts: Starts;

  beforeAll(async () => {
    stack = await integrationStack();
    starts = await stack.starts();
  });

  afterAll(() => stack?.close());

  async function messagesOf(queues: readonly string[], places?: readonly MessagePlace[]) {
    const counts = queues.map((queue) => messagesIn(stack.sqs, stack.queueUrl(queue), places));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  /** LocalStack looks less and less often into a queue where nothing comes. */
  async function wake(queues: readonly string[]): Promise<void> {
    const calls = queues.map((queue) =>
      stack.app.sendTask('integration.add', [1, 1], { queue }).then((result) => result.get(wait)),
    );
    await Promise.all(calls);
  }

  /** One message of a task, to be sent as often as one likes. */
  function aCopiedMessage(task: string, seconds: number) {
    const id = randomUUID();
    const embed = { callbacks: null, errbacks: null, chain: null, chord: null };
    return { id, text: rawMessage({ id, task, body: [[seconds], {}, embed] }) };
  }

  describe.sequential.for(['integration.leased', 'integration.claimed'])('%s', (task) => {
    test('delivered twice by one queue runs once, and both deliveries are settled', async ({
      expect,
    }) => {
      const { id, text } = aCopiedMessage(task, 0.2);
      const Entries = ['one', 'two'].map((Id) => ({ Id, MessageBody: text }));
      const QueueUrl = stack.queueUrl('left');

      await stack.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));

      expect(await stack.app.AsyncResult(id).get(wait)).toBe('done');
      await expect.poll(() => messagesOf(['left']), patience).toBe(0);
      expect(await starts.of([id])).toEqual([id]);
      expect(await stack.app.AsyncResult(id).state()).toBe('SUCCESS');
    }, 200_000);

    test('delivered by two queues at once runs once: the second waits until it may judge, and is settled', async ({
      expect,
    }) => {
      const queues = ['left', 'right'];
      const { id, text } = aCopiedMessage(task, runSeconds);
      await wake(queues);

      await Promise.all(
        queues.map((queue) =>
          stack.sqs.send(
            new SendMessageCommand({ QueueUrl: stack.queueUrl(queue), MessageBody: text }),
          ),
        ),
      );

      expect(await stack.app.AsyncResult(id).get(wait)).toBe('done');
      // It came while the other ran: else it would be gone, or not have been received.
      await expect.poll(() => messagesOf(queues), { timeout: 5000 }).toBe(1);
      expect(await messagesOf(queues, ['inFlight'])).toBe(1);
      await expect.poll(() => messagesOf(queues), patience).toBe(0);
      expect(await starts.of([id])).toEqual([id]);
      expect(await stack.app.AsyncResult(id).state()).toBe('SUCCESS');
    }, 200_000);
  });

  describe.concurrent('whose process is lost', () => {
    test('under a lease runs again when the lease has ended', async ({ expect }) => {
      const result = await stack.app.sendTask('integration.leased_exit', [false], {
        queue: 'lost',
      });

      expect(await result.get(wait)).toBe('well');
      expect(await starts.of([result.id])).toEqual([result.id, result.id]);
      await expect.poll(() => messagesOf(['lost']), patience).toBe(0);
    }, 200_000);

    test('under a lease, again and again, is given up after its starts and kept as a letter', async ({
      expect,
    }) => {
      const letters = stack.letterBox('given-up');

      const result = await stack.app.sendTask('integration.leased_exit', [true], {
        queue: 'given-up',
      });

      await expect(result.get(wait)).rejects.toThrow(WorkerLostError);
      await expect(result.get(wait)).rejects.toThrow(/was started 2 times/);
      expect(await starts.of([result.id])).toEqual([result.id, result.id]);
      const letter = await letters.about(result.id);
      expect(letter.attributes).toMatchObject({
        reason: 'WorkerLostError',
        task: 'integration.leased_exit',
      });
    }, 200_000);

    test('with acksLate: false never starts again: it fails, and its errback is told', async ({
      expect,
    }) => {
      const errback = randomUUID();
      const told = stack.app.signature('integration.told', [], { taskId: errback, queue: 'left' });

      const result = await stack.app.sendTask('integration.claimed_exit', [false], {
        queue: 'claimed',
        linkError: told,
      });

      await expect(result.get(wait)).rejects.toThrow(WorkerLostError);
      await expect(result.get(wait)).rejects.toThrow(/forbids another start/);
      expect(await stack.app.AsyncResult(errback).get(wait)).toEqual([
        result.id,
        'WorkerLostError',
      ]);
      await expect.poll(() => messagesOf(['claimed']), patience).toBe(0);
      expect(await starts.of([result.id, errback])).toEqual([result.id, errback]);
    }, 200_000);
  });

  describe('unique by its key', () => {
    test('and called by producers at once is one task, which runs once', async ({ expect }) => {
      const key = randomUUID();
      const producers: readonly Celery[] = [stack.app, stack.anotherApp(), stack.anotherApp()];
      const call = (app: Celery, value: string) =>
        app.sendTask('integration.count', [value], { unique: { key, ttl: 600 }, queue: 'left' });

      const results = await Promise.all(
        producers.flatMap((app) => ['a', 'b', 'c', 'd'].map((value) => call(app, value))),
      );

      const [id = '', ...others] = new Set(results.map((result) => result.id));
      expect(others).toEqual([]);
      const values = await Promise.all(results.map((result) => result.get(wait)));
      expect(new Set(values).size).toBe(1);
      await expect.poll(() => messagesOf(['left']), patience).toBe(0);
      expect(await starts.of([id])).toEqual([id]);
    }, 200_000);
  });
});

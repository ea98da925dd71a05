import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkerLostError } from '../../lib/index.ts';
import { describeWithEngine } from '../support/engine.ts';
import { type IntegrationStack, integrationStack } from './integration-stack.ts';

/** Deliveries come back after 18 seconds, a hanging one after 10, 20 and 40. */
const patienceSeconds = 400;

await describeWithEngine('a task that takes its process along', () => {
  let stack: IntegrationStack;

  beforeAll(async () => {
    stack = await integrationStack();
  });

  afterAll(() => stack?.close());

  describe.concurrent('in one batch with nine slow innocents', () => {
    test.for(['exit', 'hang', 'spin'])(
      '%s: the innocents all succeed, and the killer is given up after its starts and kept as a letter',
      { timeout: patienceSeconds * 1000 },
      async (killer) => {
        const { app } = stack;
        const letters = stack.letterBox(killer);
        const call = (task: string, args: readonly unknown[]) =>
          app.signature(`integration.${task}`, args, { queue: killer, taskId: randomUUID() });
        const innocents = Array.from({ length: 9 }, (_, i) => call('innocent', [0.2, i]));

        const sent = await app.sendBatch([
          ...innocents.slice(0, 4),
          call(killer, []),
          ...innocents.slice(4),
        ]);
        const [lost, ...spared] = [...sent.splice(4, 1), ...sent];

        const wait = { timeout: patienceSeconds };
        const values = await Promise.all(spared.map((result) => result.get(wait)));
        expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
        await expect(lost?.get(wait)).rejects.toThrow(WorkerLostError);
        await expect(lost?.get(wait)).rejects.toThrow(/was started 2 times/);
        const letter = await letters.about(lost?.id ?? '');
        expect(letter.attributes).toMatchObject({
          reason: 'WorkerLostError',
          task: `integration.${killer}`,
        });
      },
    );
  });
});

import { describe, expect, test, vi } from 'vitest';
import { deploy } from '../../local/deploy.ts';
import { openEngine } from '../../local/engine.ts';
import { endpointOf } from '../../local/environment.ts';
import { ministack } from '../../local/ministack.ts';
import { findPython } from '../../local/python.ts';
import { processesOf } from '../support/process-group.ts';
import { skipWithout } from '../support/skip.ts';

describe('openEngine', () => {
  test('uses the engine at AWS_ENDPOINT_URL, and stopping leaves it running', async (context) => {
    const endpoint = endpointOf(process.env);
    if (endpoint === undefined) return skipWithout(context, 'an engine');

    const engine = await openEngine();
    await engine.stop();

    expect(engine.endpoint).toBe(endpoint);
    expect((await fetch(`${endpoint}/_localstack/health`)).ok).toBe(true);
  });

  test('starts ministack, deploys to it, and leaves no process behind', async (context) => {
    if ((await findPython()) === undefined) return skipWithout(context, 'Python 3.11');
    const engine = await openEngine({ environment: {}, recipes: [ministack] });

    const outputs = await deploy('test/fixtures/minimal-stack.ts', engine).finally(engine.stop);

    expect(outputs.Minimal?.QueueUrl).toContain(engine.endpoint);
    await vi.waitUntil(() => processesOf(Number(engine.processGroup)).length === 0);
  });
});

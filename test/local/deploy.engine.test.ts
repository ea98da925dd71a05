import { existsSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { deploy } from '../../local/deploy.ts';
import { endpointOf } from '../../local/environment.ts';
import { CommandFailed } from '../../local/errors.ts';
import { skipWithout } from '../support/skip.ts';

const endpoint = endpointOf(process.env) ?? '';

describe('deploy', () => {
  beforeEach((context) => {
    if (endpoint === '') skipWithout(context, 'an engine');
  });

  test('deploys a CDK app written in TypeScript, twice over, and leaves no files', async () => {
    const first = await deploy('test/fixtures/minimal-stack.ts', { endpoint });
    const second = await deploy('test/fixtures/minimal-stack.ts', { endpoint });

    expect(first.Minimal?.QueueUrl).toMatch(/^http.*Minimal/);
    expect(second).toEqual(first);
    expect(existsSync('cdk.out')).toBe(false);
  });

  test('a CDK app that throws shows what it threw', async () => {
    const deploying = deploy('test/fixtures/failing-stack.ts', { endpoint });

    await expect(deploying).rejects.toThrow(CommandFailed);
    await expect(deploying).rejects.toThrow(/a stack with a mistake/);
  });

  test('a file that is not there is named with its folder', async () => {
    const deploying = deploy('no/such/app.ts', { endpoint });

    await expect(deploying).rejects.toThrow(/There is no file \/.*no\/such\/app\.ts/);
  });
});

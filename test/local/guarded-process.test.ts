import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, describe, expect, vi } from 'vitest';
import { startGuarded } from '../../local/guarded-process.ts';
import { processesOf } from '../support/process-group.ts';

const test = base.extend<{ folder: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from this pattern.
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'guarded-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
});

/** A program with a child of its own, both of which would run for a minute. */
const family = 'sleep 60 & echo started; sleep 60';

function sh(script: string, folder: string, graceSeconds = 5) {
  const logFile = join(folder, 'log');
  return {
    command: ['sh', '-c', script] as const,
    env: { PATH: process.env.PATH },
    logFile,
    graceSeconds,
  };
}

function logOf(folder: string): Promise<string> {
  return readFile(join(folder, 'log'), 'utf8');
}

describe('startGuarded', () => {
  test('stop leaves no process of the group, children included', async ({ folder }) => {
    const guarded = await startGuarded(sh(family, folder));
    await vi.waitUntil(async () => (await logOf(folder)) !== '');

    await guarded.stop();

    await vi.waitUntil(() => processesOf(guarded.groupId).length === 0);
    expect(guarded.ended()).toBe(true);
  });

  test('a program that takes SIGTERM may end in its own way', async ({ folder }) => {
    const script = 'trap "echo bye; exit" TERM; echo started; while :; do sleep 0.05; done';
    const guarded = await startGuarded(sh(script, folder));
    await vi.waitUntil(async () => (await logOf(folder)) !== '');

    await guarded.stop();

    expect(await logOf(folder)).toContain('bye');
  });

  test('a program that ignores SIGTERM is killed after its grace', async ({ folder }) => {
    const script = 'trap "" TERM; echo started; while :; do sleep 0.05; done';
    const guarded = await startGuarded(sh(script, folder, 1));
    await vi.waitUntil(async () => (await logOf(folder)) !== '');

    await guarded.stop();

    await vi.waitUntil(() => processesOf(guarded.groupId).length === 0);
    expect(await logOf(folder)).toBe('started\n');
  });

  test('a program that ends by itself takes its children with it', async ({ folder }) => {
    const guarded = await startGuarded(sh('sleep 60 & echo started', folder));

    await vi.waitUntil(() => guarded.ended());

    await vi.waitUntil(() => processesOf(guarded.groupId).length === 0);
    await guarded.stop();
  });

  test('the group ends with us even when we are killed', async ({ folder }) => {
    const us = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, '../fixtures/start-guarded.ts'), folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = await once(us.stdout, 'data');
    const groupId = Number(line);
    expect(processesOf(groupId)).not.toEqual([]);

    us.kill('SIGKILL');

    await vi.waitUntil(() => processesOf(groupId).length === 0, { timeout: 5000, interval: 200 });
  }, 20_000);
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { test as base, describe, expect, vi } from 'vitest';
import { openEngine } from '../../local/engine.ts';
import { localstack } from '../../local/localstack.ts';

/** Every call of a docker command that stands before the real one, if any. */
const test = base.extend<{ notes: () => Promise<string> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from this pattern.
  notes: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'docker-'));
    const file = join(folder, 'notes');
    vi.stubEnv('PATH', [resolve('test/fixtures/docker'), process.env.PATH].join(delimiter));
    vi.stubEnv('DOCKER_NOTES', file);
    await use(() => readFile(file, 'utf8'));
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  },
});

const environment = {};
const recipes = [localstack];

describe('LocalStack in Docker', () => {
  test('pulls the pinned image once and runs it on one port, inside and outside', async ({
    notes,
  }) => {
    const lines: string[] = [];

    const engine = await openEngine({ environment, recipes, report: (line) => lines.push(line) });
    await engine.stop();

    const { port } = new URL(engine.endpoint);
    expect(lines).toEqual(['Pulling localstack/localstack:4.9.2 (once) ...']);
    expect(await notes()).toContain('pull --quiet localstack/localstack:4.9.2\nrun --rm ');
    expect(await notes()).toContain(`--publish 127.0.0.1:${port}:${port}`);
    expect(await notes()).toMatch(/ localstack\/localstack:4\.9\.2\n$/);
  });

  test('an image that cannot be pulled is told with what docker said', async ({ notes }) => {
    vi.stubEnv('DOCKER_OFFLINE', '1');

    const opening = openEngine({ environment, recipes });

    await expect(opening).rejects.toThrow(/Tried: docker pull .*no such host/s);
    expect(await notes()).not.toContain('run');
  });
});

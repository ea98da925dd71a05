import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { synthesize } from '../../local/deploy.ts';
import { CommandFailed } from '../../local/errors.ts';

const synthesis = test.extend<{ run: (source: string) => Promise<void> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures that a fixture needs from this pattern
  run: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'celery-aws-synthesis-'));
    const file = join(folder, 'app.mjs');
    await use(async (source) => {
      await writeFile(file, source);
      await synthesize(file, join(folder, 'assembly'), { endpoint: 'http://localhost:4566' });
    });
    await rm(folder, { recursive: true });
  },
});

synthesis('a file that is no CDK app is told what one is', { timeout: 60_000 }, async ({ run }) => {
  const running = run('console.log("nothing to do with the CDK")');

  await expect(running).rejects.toThrow(ImproperlyConfigured);
  await expect(running).rejects.toThrow(
    /app\.mjs is no CDK app: it ran to its end and made no stack\. Expected a file that makes an App/,
  );
});

synthesis('a file that throws shows what it threw', { timeout: 60_000 }, async ({ run }) => {
  const running = run('throw new Error("no manifest.json of mine")');

  await expect(running).rejects.toThrow(CommandFailed);
  await expect(running).rejects.toThrow('no manifest.json of mine');
});

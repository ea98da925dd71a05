import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test as base, expect } from 'vitest';
import { celeryAws, startCeleryAws } from '../support/celery-aws.ts';
import { describeWithEngine } from '../support/engine.ts';

interface Project {
  readonly app: string;
  /** Rewrites a module that the application imports. */
  greetWith(word: string): Promise<void>;
}

const test = base.extend<{ project: Project }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from this pattern.
  project: async ({}, use) => {
    const folder = await mkdtemp('test/fixtures/apps/dev-');
    const app = join(folder, 'tasks.ts');
    await writeFile(app, tasks);
    const greetWith = (word: string) =>
      writeFile(join(folder, 'greet.ts'), `export const word = '${word}';\n`);
    await greetWith('hello');
    await use({ app, greetWith });
    await rm(folder, { recursive: true });
  },
});

const tasks = `
import { Celery } from '../../../../lib/index.ts';
import { word } from './greet.ts';
export const app = new Celery('dev', {
  taskQueues: [
    { name: 'celery', queueArguments: { 'x-max-priority': 9 } },
    { name: 'greetings', exchange: 'everyone', exchangeType: 'fanout' },
  ],
});
export const greet = app.task('dev.greet', { queue: 'greetings' }, (name: string) => word + ' ' + name);
`;

await describeWithEngine('celery-aws dev', () => {
  test('makes the queues, lanes and exchanges that the application names, runs tasks, and runs them anew after a change', async ({
    project,
  }) => {
    const dev = startCeleryAws(['dev', '-A', project.app]);
    try {
      const [, endpoints] = await dev.printed(/CELERY_ENDPOINTS='(.*)'/);
      const greet = () =>
        celeryAws(['call', 'dev.greet', '-a', '["Ada"]', '-Q', 'greetings'], {
          CELERY_ENDPOINTS: endpoints,
        });
      await dev.printed(
        /queues celery with lanes, greetings and fanout exchanges everyone \(greet/,
      );
      await dev.printed(/ready: 1 tasks, queues celery, celery-p4, celery-p7, greetings/);
      expect(await greet()).toMatchObject({ stdout: expect.stringMatching(/\nhello Ada\n$/) });

      await project.greetWith('good morning');
      await dev.printed(/ready: 1 tasks.*ready: 1 tasks/s);

      expect(await greet()).toMatchObject({
        stdout: expect.stringMatching(/\ngood morning Ada\n$/),
      });
      await dev.printed(/dev\.greet \[.*\] SUCCESS/);
    } finally {
      dev.kill('SIGINT');
      expect(await dev.ended).toMatchObject({ code: 0 });
    }
  }, 120_000);
});

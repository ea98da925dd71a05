import { describe, expect, test } from 'vitest';
import { type EngineRecipe, openEngine } from '../../local/engine.ts';
import { EngineUnavailable } from '../../local/errors.ts';

/** An engine of a few lines: answers every request, or does what `script` says instead. */
function recipe(name: string, script = answering): EngineRecipe {
  return {
    name,
    readyPath: '/ready',
    readyWithinSeconds: 10,
    graceSeconds: 1,
    prepare: async () => (port) => ({
      command: [process.execPath, '-e', script],
      env: { PATH: process.env.PATH, PORT: String(port) },
    }),
  };
}

const answering =
  "require('node:http').createServer((_, answer) => answer.end()).listen(process.env.PORT, '127.0.0.1')";

const absent: EngineRecipe = { ...recipe('absent'), prepare: async () => undefined };
const environment = {};

describe('openEngine', () => {
  test('starts the first engine this machine can run, and stops it', async () => {
    const engine = await openEngine({ environment, recipes: [absent, recipe('second')] });

    expect(engine.name).toBe('second');
    expect((await fetch(engine.endpoint)).ok).toBe(true);

    await engine.stop();
    await expect(fetch(engine.endpoint)).rejects.toThrow();
  });

  test('goes on with the next when one breaks, and says so', async () => {
    const lines: string[] = [];
    const broken = recipe('broken', 'console.log("no space left"); process.exit(1)');

    const engine = await openEngine({
      environment,
      recipes: [broken, recipe('second')],
      report: (line) => lines.push(line),
    });
    await engine.stop();

    expect(engine.name).toBe('second');
    expect(lines.join('\n')).toMatch(
      /broken could not be started: broken ended. Its log:\nno space left/,
    );
  });

  test('without any, says what to install, what was tried and what runs without', async () => {
    const broken = recipe('broken', 'console.log("no space left")');

    const opening = openEngine({ environment, recipes: [absent, broken] });

    await expect(opening).rejects.toThrow(EngineUnavailable);
    await expect(opening).rejects.toThrow(/Docker.*Python 3.11.*npm run demo.*no space left/s);
  });

  test('takes the wished port when it is free, another when it is not', async () => {
    const first = await openEngine({ environment, recipes: [recipe('first')] });
    const port = Number(new URL(first.endpoint).port);

    const second = await openEngine({ environment, port, recipes: [recipe('second')] });
    await first.stop();
    const third = await openEngine({ environment, port, recipes: [recipe('third')] });
    await Promise.all([second.stop(), third.stop()]);

    expect(second.endpoint).not.toBe(first.endpoint);
    expect(third.endpoint).toBe(first.endpoint);
  });

  test('an AWS_ENDPOINT_URL that nobody answers is an error, not a reason to start another', async () => {
    const opening = openEngine({
      environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      recipes: [recipe('unasked')],
    });

    await expect(opening).rejects.toThrow(
      /Nothing answers at AWS_ENDPOINT_URL=http:\/\/127.0.0.1:9/,
    );
  });
});

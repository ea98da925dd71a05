import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EncodeError } from '../../lib/index.ts';
import { describeWithEngine } from '../support/engine.ts';
import { type IntegrationStack, integrationStack } from './integration-stack.ts';

await describeWithEngine('tasks that end oddly', () => {
  let stack: IntegrationStack;

  beforeAll(async () => {
    stack = await integrationStack();
  });

  afterAll(() => stack?.close());

  async function errorOf(task: string, args: readonly unknown[], kwargs = {}): Promise<Error> {
    const result = await stack.app.sendTask(`integration.${task}`, args, { kwargs });
    return await result.get({ timeout: 50 }).then(
      (value) => expect.fail(`the task returned ${value}`),
      (error: Error) => error,
    );
  }

  describe.concurrent('what a handler throws', () => {
    test.for([
      ['a text', /^just a text$/],
      ['undefined', /^undefined was thrown/],
      ['null', /^None was thrown|^null was thrown/],
      ['a number', /^7 was thrown/],
      ['an object', /code.*7.* was thrown/],
      ['an object whose getters throw', /unreadable.* was thrown|was thrown/],
      ['a revoked proxy', /was thrown/],
    ] as const)('%s becomes a failure that says so', async ([what, message]) => {
      const error = await errorOf('throw', [what]);

      expect(error).toBeInstanceOf(Error);
      expect(error.message).toMatch(message);
    });
  });

  describe.concurrent('what a handler returns', () => {
    test.for([
      ['a function', /function/],
      ['a symbol', /symbol/i],
      ['a cycle', /cycl|circular|itself/i],
      ['a map', /Map/],
      ['an object whose getter throws', /deep/],
      ['an object whose toJSON throws', /not today/],
      ['an invalid date', /date/i],
      ['half a megabyte', /50\d{4} bytes.*largePayloads/],
    ] as const)('%s, which no result can carry, is an EncodeError', async ([what, message]) => {
      const error = await errorOf('return', [what]);

      expect(error).toBeInstanceOf(EncodeError);
      expect(error.message).toMatch(message);
    });
  });

  describe.concurrent('arguments that do not fit', () => {
    test.for([
      ['too few', [1], {}, /'y'/],
      ['too many', [1, 2, 3], {}, /takes 2/],
      ['of an unknown name', [1, 2], { z: 3 }, /'z'/],
      ['given twice', [1, 2], { x: 3 }, /'x'/],
    ] as const)(
      'arguments %s are a TypeError that names the parameter',
      async ([, args, kwargs, message]) => {
        const error = await errorOf('add', args, kwargs);

        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toMatch(message);
      },
    );

    test('keyword arguments for a task without parameter names say what to add', async () => {
      const error = await errorOf('exit', [], { code: 1 });

      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain('params');
    });
  });
});

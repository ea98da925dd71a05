import type { StandardSchemaV1 } from '@standard-schema/spec';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import type { StandardSchema } from '../../lib/index.ts';
import { anApp } from './support.ts';

test('our copy of Standard Schema is the standard', () => {
  expectTypeOf<StandardSchemaV1<string, number>>().toExtend<StandardSchema<string, number>>();
});

describe('a producer', () => {
  test('validates, and sends the input', async () => {
    const { app, sent } = anApp();
    const task = app.task('shop.t', { args: z.tuple([z.coerce.number<string>()]) }, (n) => n);

    await task.delay('5');

    expect(sent()).toMatchObject([{ args: ['5'], kwargs: {} }]);
  });

  test('sends nothing that the schema refuses', async () => {
    const { app, sent } = anApp();
    const task = app.task('shop.t', { kwargs: v.object({ to: v.string() }) }, ({ to }) => to);

    await expect(task.delay({ to: 1 as never })).rejects.toThrow(/kwargs\.to: .*string/);
    await expect(app.sendBatch([task.s({ to: 1 as never })])).rejects.toThrow(TypeError);
    await expect(app.sendTask('shop.t', [], { kwargs: {} })).rejects.toThrow(TypeError);
    expect(sent()).toEqual([]);
  });

  test('sends a keyword-only task by name', async () => {
    const { app, sent } = anApp();
    const task = app.task('shop.t', { kwargs: z.object({ to: z.string() }) }, ({ to }) => to);

    await task.delay({ to: 'a' });
    await task.applyAsync([], { kwargs: { to: 'b' } });
    await task.applyAsync([{ to: 'c' }]);
    await task.s({ to: 'd' }).delay();

    expect(sent().map(({ args, kwargs }) => [args, kwargs])).toEqual([
      [[], { to: 'a' }],
      [[], { to: 'b' }],
      [[], { to: 'c' }],
      [[], { to: 'd' }],
    ]);
  });

  test('sends a task with both by position and by name', async () => {
    const { app, sent } = anApp();
    const options = { args: z.tuple([z.string()]), kwargs: z.object({ n: z.number() }) };
    const task = app.task('shop.t', options, (a, { n }) => a.repeat(n));

    await task.delay('a', { n: 2 });
    await task.applyAsync(['a'], { kwargs: { n: 3 } });

    expect(sent()).toMatchObject([
      { args: ['a'], kwargs: { n: 2 } },
      { args: ['a'], kwargs: { n: 3 } },
    ]);
    await expect(task.delay('a' as never, 'b' as never)).rejects.toThrow(
      'shop.t() takes the object of its keyword arguments as last argument, got string',
    );
  });
});

describe('a plain call', () => {
  test('validates nothing and changes nothing', () => {
    const { app } = anApp();
    const task = app.task('shop.t', { args: z.tuple([z.coerce.number<string>()]) }, (n) => n);
    const keywords = app.task('shop.k', { kwargs: z.object({ to: z.string() }) }, ({ to }) => to);

    expect(task('5')).toBe('5');
    expect(keywords({ to: 'ann' })).toBe('ann');
  });
});

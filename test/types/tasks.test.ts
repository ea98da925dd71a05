import * as v from 'valibot';
import { describe, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import { type AsyncResult, Celery, type Task } from '../../lib/index.ts';

const app = new Celery('types', { engine: 'memory' });

describe('a task without options', () => {
  const add = app.task('add', (x: number, y: number) => x + y);

  test('carries its literal name', () => {
    expectTypeOf(add.name).toEqualTypeOf<'add'>();
    expectTypeOf(add).toEqualTypeOf<Task<'add', [x: number, y: number], number>>();
  });

  test('is called and sent with the parameters of its handler', () => {
    expectTypeOf<Parameters<typeof add>>().toEqualTypeOf<[x: number, y: number]>();
    expectTypeOf<Parameters<typeof add.delay>>().toEqualTypeOf<[x: number, y: number]>();
    expectTypeOf<ReturnType<typeof add>>().toEqualTypeOf<number>();
    expectTypeOf<ReturnType<typeof add.delay>>().toEqualTypeOf<Promise<AsyncResult<number>>>();
  });

  test('refuses wrong arguments', () => {
    // @ts-expect-error y is a number
    void (() => add.delay(1, '2'));
    // @ts-expect-error y is missing
    void (() => add.delay(1));
    // @ts-expect-error y is missing, and not given by name either
    void (() => add.applyAsync([1]));
    // @ts-expect-error arguments are missing
    void (() => add.applyAsync());
  });

  test('takes the options of a call', () => {
    void (() =>
      add.applyAsync([1, 2], { countdown: 10, expires: 3600, priority: 9, queue: 'math' }));
    // @ts-expect-error misspelt
    void (() => add.applyAsync([1, 2], { countdwn: 10 }));
    // @ts-expect-error a Date or nothing
    void (() => add.applyAsync([1, 2], { eta: 10 }));
  });

  test('has optional parameters where the handler has defaults', () => {
    const d1 = app.task('d1', (x: number, y: number = 3) => x + y);

    expectTypeOf<Parameters<typeof d1.delay>>().toEqualTypeOf<[x: number, y?: number]>();
  });

  test('without parameters needs no list of arguments', () => {
    const ping = app.task('ping', () => 'pong');

    void (() => ping.applyAsync());
    void (() => ping.applyAsync([], { countdown: 1 }));
  });

  test('has null as the result of a void handler, and what a promise resolves to', () => {
    const mail = app.task('mail', async (_to: string) => {});
    const load = app.task('load', async (id: number) => ({ id }));

    expectTypeOf<ReturnType<typeof mail.delay>>().toEqualTypeOf<Promise<AsyncResult<null>>>();
    expectTypeOf<ReturnType<typeof load.delay>>().toEqualTypeOf<
      Promise<AsyncResult<{ id: number }>>
    >();
  });
});

describe('bind', () => {
  test('puts self in front, and callers never see it', () => {
    const d3 = app.task(
      'd3',
      { bind: true, queue: 'mail', expires: 30 },
      async (self, to: string, subject: string) => {
        await self.updateState({ state: 'SENDING', meta: { to, subject } });
        expectTypeOf(self.request.id).toEqualTypeOf<string>();
        expectTypeOf(self.app).toEqualTypeOf<Celery>();
      },
    );

    expectTypeOf(d3).toEqualTypeOf<Task<'d3', [to: string, subject: string], Promise<void>>>();
  });

  test('keeps the defaults of the handler', () => {
    const d2 = app.task('d2', { bind: true }, (_self, x: number, y: number = 3) => x + y);

    expectTypeOf<Parameters<typeof d2.delay>>().toEqualTypeOf<[x: number, y?: number]>();
  });

  test('forgotten makes self an unknown argument, which is loud', () => {
    const forgot = app.task('forgot', { queue: 'x' }, (self, x: number) => [self, x]);

    expectTypeOf<Parameters<typeof forgot.delay>>().toEqualTypeOf<[self: unknown, x: number]>();
  });

  test('may stand in options kept in a constant', () => {
    const options = { bind: true, queue: 'x' } as const;
    const viaVariable = app.task('viaVariable', options, (_self, x: number) => x);

    expectTypeOf(viaVariable).toEqualTypeOf<Task<'viaVariable', [x: number], number>>();
  });
});

describe('options', () => {
  test('that are misspelt or of a wrong type do not compile', () => {
    void (() => {
      // @ts-expect-error did you mean 'queue'?
      app.task('typo', { bind: true, queu: 'x' }, (_self, x: number) => x);
      // @ts-expect-error did you mean 'ignoreResult'?
      app.task('typo2', { ignorResult: true }, (x: number) => x);
      // @ts-expect-error a number of seconds
      app.task('value', { expires: '5' }, (x: number) => x);
    });
  });
});

describe('params', () => {
  const named = app.task('named', { params: ['x', 'y'] }, (x: number, y: number) => x * y);

  test('type the arguments given by name', async () => {
    void (() => named.applyAsync([], { kwargs: { x: 1, y: 2 } }));
    void (() => named.applyAsync([1], { kwargs: { y: 2 }, queue: 'math' }));
    // @ts-expect-error z is none of them
    void (() => named.applyAsync([1], { kwargs: { z: 2 } }));
    // @ts-expect-error y is a number
    void (() => named.applyAsync([1], { kwargs: { y: '2' } }));
  });

  test('name every parameter of the handler', () => {
    void (() => {
      // @ts-expect-error y has no name
      app.task('unnamed', { params: ['x'] }, (x: number, y: number) => x * y);
    });
  });

  test('stand beside bind and optional parameters', () => {
    const resize = app.task(
      'resize',
      { bind: true, queue: 'images', params: ['key', 'width'] },
      async (_self, key: string, width?: number) => ({ key, width }),
    );

    expectTypeOf<Parameters<typeof resize.delay>>().toEqualTypeOf<[key: string, width?: number]>();
    expectTypeOf<Parameters<typeof resize.applyAsync>[1]>().toExtend<
      { kwargs?: { key?: string; width?: number } } | undefined
    >();
  });

  test('after * are given by name alone', () => {
    const mail = app.task(
      'mailTo',
      { params: ['to', '*', 'cc'] },
      (to: string, cc: string = '') => to + cc,
    );

    expectTypeOf<Parameters<typeof mail.delay>>().toEqualTypeOf<[string]>();
    void (() => mail.applyAsync(['a'], { kwargs: { cc: 'b' } }));
    // @ts-expect-error cc is a text
    void (() => mail.applyAsync(['a'], { kwargs: { cc: 1 } }));
  });

  test('*args and **kwargs are open', () => {
    const echo = app.task(
      'echo',
      { params: ['first', '*args', '**kwargs'] },
      (first: string, args: number[], kwargs: Record<string, boolean>) => [first, args, kwargs],
    );

    expectTypeOf<Parameters<typeof echo.delay>>().toEqualTypeOf<[string, ...number[]]>();
    void (() => echo.applyAsync(['a', 1, 2], { kwargs: { any: true } }));
    // @ts-expect-error kwargs hold booleans
    void (() => echo.applyAsync(['a', 1, 2], { kwargs: { any: 'x' } }));
  });
});

describe('schemas', () => {
  test('args: callers give the input, the handler gets the output', () => {
    const parsed = app.task(
      'parsed',
      { args: z.tuple([z.string(), z.coerce.number<string>()]) },
      (a, b) => {
        expectTypeOf(b).toEqualTypeOf<number>();
        return a.length + b;
      },
    );

    expectTypeOf(parsed).toEqualTypeOf<Task<'parsed', [string, string], number>>();
  });

  test('args stand beside bind, and take a rest', () => {
    const bound = app.task(
      'bound',
      { bind: true, args: z.tuple([z.string()]) },
      (self, a) => self.request.id + a,
    );
    const rest = app.task(
      'rest',
      { args: z.tuple([z.string()], z.number()) },
      (_a, ...numbers) => numbers.length,
    );

    expectTypeOf<Parameters<typeof bound.delay>>().toEqualTypeOf<[string]>();
    expectTypeOf<Parameters<typeof rest.delay>>().toEqualTypeOf<[string, ...number[]]>();
  });

  test('kwargs make a keyword-only task', () => {
    const keywords = app.task(
      'keywords',
      { kwargs: z.object({ to: z.string(), n: z.number().default(1) }) },
      ({ to, n }) => {
        expectTypeOf(n).toEqualTypeOf<number>();
        return to + n;
      },
    );

    expectTypeOf<Parameters<typeof keywords.delay>>().toEqualTypeOf<
      [kwargs: { to: string; n?: number | undefined }]
    >();
    void (() => keywords.delay({ to: 'a' }));
    void (() => keywords.applyAsync([], { kwargs: { to: 'a' } }));
    // @ts-expect-error to is missing
    void (() => keywords.delay({ n: 1 }));
  });

  test('args and kwargs together: the object last', () => {
    const both = app.task(
      'both',
      { args: v.tuple([v.string()]), kwargs: v.object({ n: v.optional(v.number(), 1) }) },
      (a, { n }) => a.repeat(n),
    );

    expectTypeOf<Parameters<typeof both.delay>>().toEqualTypeOf<
      [string, kwargs: { n?: number | undefined }]
    >();
    void (() => both.applyAsync(['a'], { kwargs: { n: 2 } }));
  });

  test('that the handler does not fit do not compile', () => {
    void (() => {
      // @ts-expect-error a is a text
      app.task('misfit', { args: z.tuple([z.string()]) }, (a: number) => a);
      // @ts-expect-error the schema has one element
      app.task('misfit2', { args: z.tuple([z.string()]) }, (a, b) => [a, b]);
    });
  });
});

import { expectTypeOf, test } from 'vitest';
import {
  type AsyncResult,
  Celery,
  type RateLimit,
  type UniqueOption,
  type UniqueTaskOption,
} from '../../lib/index.ts';
import type { label, resize } from './worker-tasks.ts';

const app = new Celery('api', { engine: 'memory' });

test('a ref has the arguments and the result of its task', () => {
  const ref = app.ref<typeof resize>('img.resize', { queue: 'images' });

  expectTypeOf(ref.name).toEqualTypeOf<'img.resize'>();
  expectTypeOf<Parameters<typeof ref.delay>>().toEqualTypeOf<[key: string, width: number]>();
  expectTypeOf<ReturnType<typeof ref.delay>>().toEqualTypeOf<
    Promise<AsyncResult<{ key: string; width: number }>>
  >();
  void (() => ref.applyAsync([], { kwargs: { key: 'a', width: 1 } }));
  // @ts-expect-error width is a number
  void (() => ref.delay('a', '3'));
  // @ts-expect-error a ref cannot run
  void (() => ref('a', 3));
});

test('a ref by a wrong name does not compile', () => {
  // @ts-expect-error it is img.resize
  app.ref<typeof resize>('img.resiz');
  // @ts-expect-error misspelt
  void (() => app.ref<typeof resize>('img.resize', { queu: 'images' }));
});

test('a ref of a keyword-only task has to say so', () => {
  const ref = app.ref<typeof label>('img.label', { takesKeywords: true });

  void (() => ref.delay({ text: 'a' }));
  // @ts-expect-error nothing at run time would tell where the object goes
  app.ref<typeof label>('img.label');
  // @ts-expect-error this one takes none
  app.ref<typeof resize>('img.resize', { takesKeywords: true });
});

test('a typed app knows the tasks of a module by name', () => {
  const typed = app.typed<typeof import('./worker-tasks.ts')>();

  const sent = () => typed.sendTask('img.add', [1]);
  expectTypeOf<ReturnType<typeof sent>>().toEqualTypeOf<Promise<AsyncResult<number>>>();
  void (() => typed.sendTask('img.resize', ['a', 3], { countdown: 1 }));
  void (() => typed.sendTask('img.label', [], { kwargs: { text: 'a' } }));
  // @ts-expect-error no such task
  void (() => typed.sendTask('img.ad', [1]));
  // @ts-expect-error a number
  void (() => typed.sendTask('img.add', ['1']));
  // @ts-expect-error the object goes into the options
  void (() => typed.sendTask('img.label', [{ text: 'a' }]));
});

test('by name alone, arguments and result are unknown, or as the caller says', () => {
  const sent = () => app.sendTask('reports.build', [2026], { kwargs: { fmt: 'pdf' } });
  const known = () => app.sendTask<string>('reports.build', [2026]);

  expectTypeOf<ReturnType<typeof sent>>().toEqualTypeOf<Promise<AsyncResult<unknown>>>();
  expectTypeOf<ReturnType<typeof known>>().toEqualTypeOf<Promise<AsyncResult<string>>>();
});

test('what a unique call and a rate limit look like has names of its own', () => {
  const unique: UniqueOption = { key: 'order-1', ttl: 60 };
  const byArgument: UniqueTaskOption = { key: ([order]) => String(order), ttl: 60 };
  const rates: readonly RateLimit[] = ['5/s', '10/m', 3, null];

  void (() => app.sendTask('pay', [1], { unique }));
  void (() => app.task('pay', { unique: byArgument, rateLimit: rates[0] }, () => 1));
  // @ts-expect-error a call has its key at hand
  void (() => app.sendTask('pay', [1], { unique: byArgument }));
});

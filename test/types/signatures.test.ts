import { expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import {
  type AnySignature,
  type AsyncResult,
  Celery,
  type Signature,
  sharedTask,
} from '../../lib/index.ts';
import * as worker from './worker-tasks.ts';

const app = new Celery('signatures', { engine: 'memory' });
const add = app.task('add', (x: number, y: number) => x + y);
const mail = app.task('mail', (_to: string, _subject: string) => {});
const sum = app.task('sum', (xs: readonly number[]) => xs.length);

test('a signature still misses the arguments in front', () => {
  expectTypeOf(add.s(1, 2)).toEqualTypeOf<Signature<[], number>>();
  expectTypeOf(add.s(1)).toEqualTypeOf<Signature<[number], number>>();
  expectTypeOf(add.s()).toEqualTypeOf<Signature<[number, number], number>>();
  expectTypeOf(mail.s('subject')).toEqualTypeOf<Signature<[string], null>>();
  expectTypeOf<Parameters<ReturnType<typeof add.s<[number]>>['delay']>>().toEqualTypeOf<[number]>();
});

test('optional parameters may be missing or not', () => {
  const optional = app.task('optional', (x: number, y: number = 2) => x + y);
  const bound = optional.s(1);

  void (() => bound.delay());
  void (() => bound.delay(5));
  // @ts-expect-error three are too many
  void (() => bound.delay(5, 6));
});

test('a signature holds arguments of the right type', () => {
  // @ts-expect-error a number
  void (() => add.s('1'));
  // @ts-expect-error two at most
  void (() => add.s(1, 2, 3));
});

test('an immutable signature takes the value before it, and drops it', () => {
  expectTypeOf(add.si(1, 2)).toEqualTypeOf<Signature<[] | [unknown], number>>();
});

test('signatures of any task can be kept together', () => {
  expectTypeOf([add.s(1), mail.s(), sum.s()]).toExtend<AnySignature[]>();
});

test('a keyword-only task always holds its object', () => {
  const label = app.task('label', { kwargs: z.object({ to: z.string() }) }, ({ to }) => to);

  expectTypeOf(label.s({ to: 'a' })).toEqualTypeOf<Signature<[], string>>();
  // @ts-expect-error what is put in front could not be told from it
  void (() => label.s());
});

test('a link takes the result, or nothing', () => {
  void (() => add.applyAsync([1, 2], { link: add.s(3), linkError: mail.s() }));
  void (() => add.applyAsync([1, 2], { link: [add.s(3), mail.s('a', 'b')] }));
  // @ts-expect-error mail takes a text
  void (() => add.applyAsync([1, 2], { link: mail.s('subject') }));
});

test('a batch takes complete signatures, and has the results in their order', () => {
  const shared = sharedTask('shared', { bind: true }, (_self, x: number) => String(x));
  const sent = () => app.sendBatch([add.s(1, 1), shared.s(2)]);

  expectTypeOf<Awaited<ReturnType<typeof sent>>>().toEqualTypeOf<
    [AsyncResult<number>, AsyncResult<string>]
  >();
  // @ts-expect-error incomplete
  void (() => app.sendBatch([add.s(1)]));
});

test('a batch may be made of a list', () => {
  const sent = () => app.sendBatch([1, 2, 3].map((x) => add.s(x, x)));

  expectTypeOf<Awaited<ReturnType<typeof sent>>>().toEqualTypeOf<AsyncResult<number>[]>();
});

test('shared tasks are written as tasks of an app, and listed with whole modules', () => {
  const shared = sharedTask('shop.add', (x: number, y: number) => x + y);

  expectTypeOf(shared.delay).parameters.toEqualTypeOf<[x: number, y: number]>();
  void (() => new Celery('shop', { tasks: [shared, worker] }));
});

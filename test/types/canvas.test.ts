import { describe, expectTypeOf, test } from 'vitest';
import {
  type AsyncResult,
  Celery,
  type ChunksSignature,
  chain,
  chord,
  type GroupResult,
  type GroupSignature,
  group,
  type Signature,
} from '../../lib/index.ts';

const app = new Celery('canvas-types', { engine: 'memory' });
const add = app.task('add', (x: number, y: number) => x + y);
const text = app.task('text', (value: number) => String(value));
const mail = app.task('mail', (_to: string) => {});
const sum = app.task('sum', (xs: readonly number[]) => xs.length);
const mixed = app.task('mixed', (pair: readonly [number, string]): number => pair[0]);

describe('chain', () => {
  test('misses what its first step misses, and has the result of its last', () => {
    expectTypeOf(chain(add.s(1, 2), text.s())).toEqualTypeOf<Signature<[], string>>();
    expectTypeOf(chain(add.s(1), add.s(2))).toEqualTypeOf<Signature<[number], number>>();
    expectTypeOf(chain(text.s(), mail.s())).toEqualTypeOf<Signature<[number], null>>();
  });

  test('refuses a step that does not take the value before it', () => {
    // @ts-expect-error mail takes a text, add answers a number
    void (() => chain(add.s(1, 2), mail.s()));
    // @ts-expect-error add misses two
    void (() => chain(add.s(1, 2), add.s()));
    // @ts-expect-error nothing is left to be put in front
    void (() => chain(add.s(1, 2), add.s(1, 2)));
  });

  test('takes an immutable step after anything', () => {
    expectTypeOf(chain(mail.s('me'), add.si(1, 2))).toEqualTypeOf<Signature<[], number>>();
  });

  test('hands the values of a group to the step after it', () => {
    const pair = group([add.s(1), text.si(1)]);

    expectTypeOf(chain(add.s(1, 2), pair, mixed.s())).toEqualTypeOf<Signature<[], number>>();
    // @ts-expect-error sum takes numbers alone
    void (() => chain(add.s(1, 2), pair, sum.s()));
  });

  test('hands on the value of a group of one alone, as Celery does', () => {
    expectTypeOf(chain(group([add.s(1, 2)]), text.s())).toEqualTypeOf<Signature<[], string>>();
  });

  test('that ends in a group answers with a GroupResult', () => {
    const tail = chain(add.s(1, 2), group([add.s(1), text.s()]));

    expectTypeOf(tail).toEqualTypeOf<GroupSignature<[], [number, string]>>();
    expectTypeOf<ReturnType<typeof tail.delay>>().toEqualTypeOf<
      Promise<GroupResult<[number, string]>>
    >();
  });

  test('is what pipe makes', () => {
    expectTypeOf(add.s(1).pipe(add.s(2), text.s())).toEqualTypeOf<Signature<[number], string>>();
    // @ts-expect-error mail takes a text
    void (() => add.s(1).pipe(mail.s()));
  });
});

describe('group', () => {
  test('is a tuple of the values of its members', () => {
    expectTypeOf(group([add.s(1, 2), text.s(1), mail.s('me')])).toEqualTypeOf<
      GroupSignature<[], [number, string, null]>
    >();
  });

  test('misses what all of its members take', () => {
    expectTypeOf(group([add.s(1), text.s(), add.si(1, 2)])).toEqualTypeOf<
      GroupSignature<[number], [number, string, number]>
    >();
    const none = group([text.s(), mail.s()]);
    // @ts-expect-error a number for the one, a text for the other
    void (() => none.delay(1));
  });

  test('may be made of a list', () => {
    const listed = group([1, 2, 3].map((x) => add.s(x)));

    expectTypeOf(listed).toEqualTypeOf<GroupSignature<[number], number[]>>();
  });

  test('holds the members of groups within it one by one', () => {
    expectTypeOf(group([add.s(1, 1), group([text.s(1), add.s(2, 2)])])).toEqualTypeOf<
      GroupSignature<[], [number, string, number]>
    >();
  });
});

describe('chord', () => {
  test('hands the list of values to its body', () => {
    expectTypeOf(chord([add.s(1, 2), text.s(1)], mixed.s())).toEqualTypeOf<Signature<[], number>>();
    expectTypeOf(chord([add.s(1), add.s(2)], sum.s())).toEqualTypeOf<Signature<[number], number>>();
    // @ts-expect-error the other way round
    void (() => chord([text.s(1), add.s(1, 2)], mixed.s()));
    // @ts-expect-error add takes no list
    void (() => chord([add.s(1, 2)], add.s(1)));
  });

  test('takes its body later, and a group as its header', () => {
    expectTypeOf(chord([add.s(1, 2), add.s(3, 4)])(sum.s())).toEqualTypeOf<Signature<[], number>>();
    expectTypeOf(chord(group([add.s(1, 2), text.s(1)]), mixed.s())).toEqualTypeOf<
      Signature<[], number>
    >();
    expectTypeOf(chord([], sum.s()).delay).returns.toEqualTypeOf<Promise<AsyncResult<number>>>();
  });

  test('turns the values of a group in its header around, as Celery does', () => {
    const pairs = app.task('pairs', (xs: readonly [string, number, number]) => xs.length);

    void (() => chord([group([add.s(1, 2), text.s(1)]), add.s(3, 4)], pairs.s()));
  });
});

describe('map, starmap and chunks', () => {
  test('take the items of their task, and answer lists', () => {
    expectTypeOf(text.map([1, 2])).toEqualTypeOf<Signature<[] | [unknown], string[]>>();
    expectTypeOf(add.starmap([[1, 2]])).toEqualTypeOf<Signature<[] | [unknown], number[]>>();
    expectTypeOf(add.chunks([[1, 2]], 10)).toEqualTypeOf<ChunksSignature<number>>();
    // @ts-expect-error numbers
    void (() => text.map(['1']));
    // @ts-expect-error pairs
    void (() => add.starmap([[1]]));
  });

  test('of chunks what comes after gets a list for each of them', () => {
    const lists = app.task('lists', (xs: readonly (readonly number[])[]) => xs.length);
    const chunks = () => add.chunks([[1, 2]], 10);

    expectTypeOf(chain(chunks(), lists.s())).toEqualTypeOf<Signature<[] | [unknown], number>>();
    expectTypeOf(chunks().pipe(lists.s()).delay).returns.toEqualTypeOf<
      Promise<AsyncResult<number>>
    >();
    expectTypeOf(chord(chunks(), lists.s()).delay).returns.toEqualTypeOf<
      Promise<AsyncResult<number>>
    >();
    expectTypeOf(chord([chunks(), chunks()], lists.s()).delay).returns.toEqualTypeOf<
      Promise<AsyncResult<number>>
    >();
    // @ts-expect-error sum takes numbers
    void (() => chain(chunks(), sum.s()));
    // @ts-expect-error sum takes numbers
    void (() => chord(chunks(), sum.s()));
  });

  test('chunks stand in a group one by one, and answer a list at the end of a chain', () => {
    const chunks = () => add.chunks([[1, 2]], 10);

    expectTypeOf(group([chunks(), text.s(1)])).toEqualTypeOf<
      GroupSignature<[], [...number[][], string]>
    >();
    expectTypeOf(group([chunks(), chunks()].map((one) => one)).delay).returns.toEqualTypeOf<
      Promise<GroupResult<number[][]>>
    >();
    expectTypeOf(chain(add.s(1, 2), chunks())).toEqualTypeOf<Signature<[], number[][]>>();
    expectTypeOf(text.s(1).pipe(chunks())).toEqualTypeOf<Signature<[], number[][]>>();
    expectTypeOf(chord([add.s(1, 2)], chunks())).toEqualTypeOf<Signature<[], number[][]>>();
  });
});

describe('links', () => {
  test('of a signature take its result, or nothing', () => {
    void (() => add.s(1, 2).link(text.s()));
    void (() => add.s(1, 2).onError(mail.s()));
    // @ts-expect-error mail takes a text
    void (() => add.s(1, 2).link(mail.s()));
  });

  test('that are linked are returned, for the next link', () => {
    expectTypeOf(add.s(1, 2).link(text.s())).toEqualTypeOf<Signature<[number], string>>();
    expectTypeOf(add.s(1, 2).onError(mail.s())).toEqualTypeOf<Signature<[], number>>();
  });
});

test('signatures keep their type when they are set, cloned or stamped', () => {
  expectTypeOf(add.s(1).set({ queue: 'math', immutable: true })).toEqualTypeOf<
    Signature<[number], number>
  >();
  expectTypeOf(
    group([add.s(1)])
      .clone()
      .stamp({ tenant: 't' }),
  ).toEqualTypeOf<GroupSignature<[number], [number]>>();
});

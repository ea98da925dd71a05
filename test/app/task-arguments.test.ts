import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { arityOf } from '../../lib/app/arity.ts';
import { taskArguments } from '../../lib/app/task-arguments.ts';
import type { DefinitionOptions } from '../../lib/app/task-options.ts';

type Handler = (...args: never[]) => unknown;

/** What the handler of a task with these options gets for a call. */
function bind(options: DefinitionOptions, handler: Handler, args: unknown[], kwargs = {}) {
  return taskArguments('shop.t', options, arityOf(handler, false)).bind({ args, kwargs });
}

const xy = (_x: number, _y: number) => {};
const withDefault = (_x: number, _y: number = 3) => {};

describe('without params', () => {
  test('arguments arrive as they were given', async () => {
    expect(await bind({}, xy, [1, 2])).toEqual([1, 2]);
    expect(await bind({}, withDefault, [1])).toEqual([1]);
  });

  test('what a rest or default may take is not refused', async () => {
    expect(await bind({}, (..._all: number[]) => {}, [1, 2, 3])).toEqual([1, 2, 3]);
  });

  test.for([
    [[], 'shop.t() missing 2 required positional arguments: number 1, 2 of 2'],
    [[1], 'shop.t() missing 1 required positional argument: number 2 of 2'],
  ] as const)('with %j too few are given', ([args, message]) => {
    expect(() => bind({}, xy, [...args])).toThrow(new RegExp(`^${escaped(message)}`));
    expect(() => bind({}, xy, [...args])).toThrow(TypeError);
  });

  test('too many are given', () => {
    expect(() => bind({}, xy, [1, 2, 3])).toThrow(TypeError);
    expect(() => bind({}, xy, [1, 2, 3])).toThrow(
      'shop.t() takes 2 positional arguments but 3 were given',
    );
    expect(() => bind({}, withDefault, [1, 2, 3])).toThrow(
      'shop.t() takes from 1 to 2 positional arguments but 3 were given',
    );
  });

  test('keywords say which params to add', () => {
    expect(() => bind({}, xy, [], { x: 1, y: 2 })).toThrow("add params: ['x', 'y']");
    expect(() => bind({}, xy, [1], { y: 2 })).toThrow("add params: ['arg1', 'y']");
  });
});

describe('params', () => {
  test.for([
    ['by position', [1, 2], {}],
    ['by name', [], { y: 2, x: 1 }],
    ['both', [1], { y: 2 }],
  ] as const)('are given %s', async ([, args, kwargs]) => {
    expect(await bind({ params: ['x', 'y'] }, xy, [...args], kwargs)).toEqual([1, 2]);
  });

  test('with a JavaScript default may be left out', async () => {
    const params = ['x', 'y'];

    expect(await bind({ params }, withDefault, [1])).toEqual([1, undefined]);
    expect(await bind({ params }, (_x = 1, _y = 2) => {}, [], { y: 5 })).toEqual([undefined, 5]);
  });

  test.for([
    [[1], {}, "missing 1 required positional argument: 'y'"],
    [[], {}, "missing 2 required positional arguments: 'x' and 'y'"],
    [[1, 2, 3], {}, 'takes 2 positional arguments but 3 were given'],
    [[1], { x: 2 }, "got multiple values for argument 'x'"],
    [[1, 2], { z: 3 }, "got an unexpected keyword argument 'z'"],
    [[1, 2], { constructor: 3 }, "got an unexpected keyword argument 'constructor'"],
  ] as const)('%j and %j do not fit', ([args, kwargs, message]) => {
    const call = () => bind({ params: ['x', 'y'] }, xy, [...args], kwargs);

    expect(call).toThrow(TypeError);
    expect(call).toThrow(`shop.t() ${message}`);
  });

  test('in part optional tell from how many to how many', () => {
    expect(() => bind({ params: ['x', 'y'] }, withDefault, [1, 2, 3])).toThrow(
      'takes from 1 to 2 positional arguments but 3 were given',
    );
    expect(() => bind({ params: ['x'] }, (_x: number) => {}, [1, 2])).toThrow(
      'takes 1 positional argument but 2 were given',
    );
  });

  test('three or more missing are listed', () => {
    const handler = (_a: 1, _b: 2, _c: 3) => {};

    expect(() => bind({ params: ['a', 'b', 'c'] }, handler, [])).toThrow("'a', 'b' and 'c'");
  });

  test('after * are given by name alone', async () => {
    const params = ['to', '*', 'cc', 'bcc'];
    const handler = (_to: string, _cc: string, _bcc = '') => {};

    expect(await bind({ params }, handler, ['ann'], { cc: 'bob' })).toEqual([
      'ann',
      'bob',
      undefined,
    ]);
    expect(() => bind({ params }, handler, ['ann'])).toThrow(
      "missing 1 required keyword-only argument: 'cc'",
    );
    expect(() => bind({ params }, handler, ['ann', 'bob'], { cc: 'x' })).toThrow(
      'takes 1 positional argument but 2 were given',
    );
  });

  test('*args and **kwargs are a list and an object', async () => {
    const params = ['*args', '**kwargs'];
    const handler = (_args: unknown[], _kwargs: object) => {};

    expect(await bind({ params }, handler, [1, 2], { a: 1 })).toEqual([[1, 2], { a: 1 }]);
    expect(await bind({ params }, handler, [])).toEqual([[], {}]);
  });

  test('**kwargs has no prototype, and takes no name that another has', async () => {
    const handler = (_x: number, _rest: number[], _cc: string, _open: object) => {};
    const params = ['x', '*rest', 'cc', '**open'];

    const [x, rest, cc, open] = await bind({ params }, handler, [1, 2], {
      cc: 'c',
      __proto__: null,
      toString: 1,
    });

    expect([x, rest, cc]).toEqual([1, [2], 'c']);
    expect(open).toEqual({ toString: 1 });
    expect(Object.getPrototypeOf(open)).toBeNull();
  });

  test.for([
    [['x'], 'they name 1 and its function takes 2'],
    [['x', 'x'], 'a name stands there twice'],
    [['x', 'y '], "'y ' is no parameter"],
    [['**kw', 'x'], "'x' stands after '**kw'"],
    [['*', 'x', '*rest'], 'two entries begin with one *'],
    [['x', '/', 'y'], "'/' is no parameter"],
    [['x', '**'], "'**' is no parameter"],
  ] as const)('written as %j are refused', ([params, message]) => {
    expect(() => taskArguments('shop.t', { params }, arityOf(xy, false))).toThrow(message);
  });
});

describe('schemas', () => {
  const pair = z.tuple([z.string(), z.coerce.number<string>()]);
  const message = z.object({ to: z.string(), n: z.number().default(1) });

  test('args: the handler gets the output', async () => {
    expect(await bind({ args: pair }, xy, ['a', '5'])).toEqual(['a', 5]);
  });

  test('args: every issue is told with its path', async () => {
    const rows = z.tuple([z.array(z.object({ id: z.number() })), z.string()]);
    const call = bind({ args: rows }, xy, [[{ id: 1 }, { id: 'x' }], 7]);

    await expect(call).rejects.toThrow(TypeError);
    await expect(call).rejects.toThrow(/shop\.t\(\).*args\[0\]\[1\]\.id: .*; args\[1\]: /);
  });

  test('args: names come first, then the schema', async () => {
    const options = { args: pair, params: ['name', 'count'] };

    expect(await bind(options, xy, ['a'], { count: '5' })).toEqual(['a', 5]);
    await expect(bind(options, xy, ['a'])).rejects.toThrow('args[1]');
  });

  test('args: names that nobody gave it are refused', async () => {
    await expect(bind({ args: pair }, xy, ['a', '5'], { z: 1 })).rejects.toThrow(TypeError);
  });

  test('kwargs: the handler gets one object, with defaults', async () => {
    expect(await bind({ kwargs: message }, xy, [], { to: 'ann' })).toEqual([{ to: 'ann', n: 1 }]);
    await expect(bind({ kwargs: message }, xy, [], { n: 1 })).rejects.toThrow('kwargs.to: ');
    await expect(bind({ kwargs: message }, xy, ['ann'])).rejects.toThrow(
      'shop.t() takes 0 positional arguments but 1 was given',
    );
  });

  test('both: the object last', async () => {
    const options = { args: z.tuple([z.string()]), kwargs: message };

    expect(await bind(options, xy, ['a'], { to: 'ann' })).toEqual(['a', { to: 'ann', n: 1 }]);
  });

  test('that make no list of arguments are refused', async () => {
    const args = z.array(z.number()).transform((numbers) => numbers.length);

    await expect(bind({ args }, xy, [1])).rejects.toThrow('makes no list');
  });

  test.for([
    [{ params: ['x'], kwargs: message }, 'both name its keyword arguments'],
    [{ params: ['*x'], args: pair }, 'can only name places'],
  ] as const)('%# stand with no contradiction', ([options, message]) => {
    expect(() =>
      taskArguments(
        'shop.t',
        options,
        arityOf(() => {}, false),
      ),
    ).toThrow(message);
  });
});

function escaped(text: string): string {
  return text.replace(/[()[\].]/g, '\\$&');
}

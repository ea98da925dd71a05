import { describe, expect, test } from 'vitest';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { prepareRoutes, type TaskRoutes } from '../../lib/producer/task-routes.ts';

function routeOf(routes: TaskRoutes, name: string) {
  const call = { name, args: [7], kwargs: { tenant: 'a' }, options: { priority: 3 } };
  return prepareRoutes(routes)({ ...call, task: undefined });
}

describe('the route of a task', () => {
  const pairs: TaskRoutes = [
    ['shop.*', 'shop'],
    ['shop.mail.*', 'never'],
    [/feed\.(video|image)/, { queue: 'media', routingKey: 'media.new' }],
    ['shop.pay', { queue: 'money', priority: 9 }],
  ];

  test.for<readonly [why: string, routes: TaskRoutes, name: string, route: object | undefined]>([
    ['exact name', { 'shop.add': 'a' }, 'shop.add', { queue: 'a' }],
    ['no route', { 'shop.add': 'a' }, 'shop.adder', undefined],
    ['an exact name goes before patterns', pairs, 'shop.pay', { queue: 'money', priority: 9 }],
    ['the first pattern that fits decides', pairs, 'shop.mail.send', { queue: 'shop' }],
    [
      'an expression fits from the start on',
      pairs,
      'feed.videos',
      { queue: 'media', routingKey: 'media.new' },
    ],
    ['and from nowhere else', pairs, 'my.feed.video', undefined],
    ['a glob fits the whole name', { '*.add': 'a' }, 'shop.add.more', undefined],
    ['a glob may have hyphens', { 'my-shop.*': 'a' }, 'my-shop.add', { queue: 'a' }],
    ['a glob crosses dots', { 'shop*add': 'a' }, 'shop.a.b.add', { queue: 'a' }],
    ['a glob with ? and [ ]', { 'v?.[ab]*': 'a' }, 'v2.b.x', { queue: 'a' }],
    ['a glob with [! ]', { 'v?.[!ab]*': 'a' }, 'v2.b.x', undefined],
    ['? without * is part of a name', { 'v?': 'a' }, 'v2', undefined],
    ['a Map', new Map([[/^shop\./i, { queue: 'a' }]]), 'SHOP.add', { queue: 'a' }],
    ['a global expression fits every time', new Map([[/shop/g, 'a']]), 'shop', { queue: 'a' }],
    ['no name has routes of its own by chance', { '*': 'a' }, 'constructor', { queue: 'a' }],
    ['the first router that answers', [{ a: 'x' }, { a: 'y', b: 'z' }], 'b', { queue: 'z' }],
    ['a list in a list', [[['shop.*', 'a']], { 'shop.*': 'b' }], 'shop.add', { queue: 'a' }],
    ['an answer with nothing in it ends the search', [{ a: {} }, { a: 'y' }], 'a', {}],
    ['nothing', [], 'a', undefined],
  ])('%s', ([, routes, name, route]) => {
    expect(routeOf(routes, name)).toEqual(route);
    expect(routeOf(routes, name)).toEqual(route);
  });

  test('of a function is told name, arguments, options and task', () => {
    const seen: unknown[] = [];
    const route = routeOf((...all) => {
      seen.push(...all);
      return 'told';
    }, 'shop.add');

    expect(seen).toEqual(['shop.add', [7], { tenant: 'a' }, { priority: 3 }, undefined]);
    expect(route).toEqual({ queue: 'told' });
  });

  test.for([undefined, null])('a function that answers %s leaves it to the next', (answer) => {
    expect(routeOf([() => answer, { a: 'next' }], 'a')).toEqual({ queue: 'next' });
  });
});

test.for<readonly [routes: unknown, says: RegExp]>([
  [{ a: { queu: 'x' } }, /Unknown option 'queu' of the route of 'a'; the nearest.*'queue'/],
  [{ a: 7 }, /route of 'a' is expected to be a queue's name or an object, got 7/],
  [{ a: { priority: 10 } }, /'priority' of the route of 'a' expects a whole number from 0 to 9/],
  [{ 'a.[z-a]*': 'q' }, /The route of 'a\.\[z-a\]\*' is no glob pattern: .*out of order/],
  [[7], /taskRoutes expects an object, a Map/],
])('routes that cannot be meant are refused: %j', ([routes, says]) => {
  expect(() => prepareRoutes(routes as TaskRoutes)).toThrow(ImproperlyConfigured);
  expect(() => prepareRoutes(routes as TaskRoutes)).toThrow(says);
});

test('what a function answers is checked when it answers', () => {
  const routes = () => ({ queue: '' });

  expect(() => routeOf(routes, 'a')).toThrow("'queue' of the route of 'a' expects a text");
});

import { inspect } from 'node:util';
import { ImproperlyConfigured } from '../errors.ts';
import {
  checkOptions,
  compressionName,
  type Forms,
  isPlainObject,
  priority,
  serializerName,
  text,
} from './option-forms.ts';
import { escapeRegex } from './topic-match.ts';

/** Where calls of a task go, and how they are sent, where neither call nor task say so. */
export interface Route {
  /** The queue's Celery name. */
  readonly queue?: string;
  /** The exchange's name; with `queue` alone it is that queue's own. */
  readonly exchange?: string;
  readonly routingKey?: string;
  /** 0 to 9. */
  readonly priority?: number;
  readonly serializer?: string;
  readonly compression?: string;
  /** On a standard queue: calls of one key do not crowd out others. */
  readonly fairnessKey?: string;
}

/** The call that a route is looked for. */
export interface RoutedCall {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** Options of the call and, where it says nothing, of its task. */
  readonly options: Readonly<Record<string, unknown>>;
  /** undefined: this application does not register it. */
  readonly task: { readonly name: string } | undefined;
}

/** Answers a route, or a queue's name; nothing: the next router is asked. @see Celery's `route_task` */
export type RouteFunction = (
  name: string,
  args: RoutedCall['args'],
  kwargs: RoutedCall['kwargs'],
  options: RoutedCall['options'],
  task: RoutedCall['task'],
) => Route | string | null | undefined;

type RoutePair = readonly [pattern: string | RegExp, route: Route | string];

/** Routes by task name: exact names go before globs (`shop.*`) and regular expressions, which are tried in their order. */
export type RouteMap =
  | Readonly<Record<string, Route | string>>
  | ReadonlyMap<string | RegExp, Route | string>
  | readonly RoutePair[];

/** Celery's `task_routes`: a map, a function, or a list of these of which the first that answers decides. */
export type TaskRoutes =
  | RouteMap
  | RouteFunction
  | readonly (RouteMap | RouteFunction | RoutePair)[];

type Router = (call: RoutedCall) => Route | undefined;

const routeForms: Forms<Route> = {
  queue: text,
  exchange: text,
  routingKey: text,
  priority,
  serializer: serializerName,
  compression: compressionName,
  fairnessKey: text,
};

/**
 * Makes one look-up of the setting: the first router that answers decides, also with nothing (`{}`).
 *
 * @throws ImproperlyConfigured for routes of another shape, when they are read or, from a function, when they are used
 * @see celery.app.routes.prepare
 */
export function prepareRoutes(routes: TaskRoutes): Router {
  const routers = routersOf(routes).map(prepareRouter);
  return (call) => {
    for (const router of routers) {
      const route = router(call);
      if (route !== undefined) return route;
    }
    return undefined;
  };
}

function routersOf(routes: TaskRoutes): readonly unknown[] {
  if (!Array.isArray(routes)) return [routes];
  // Celery wants pairs in a list of their own; a plain list of them can mean nothing else.
  return routes.length > 0 && routes.every(isPair) ? [routes] : routes;
}

function prepareRouter(router: unknown): Router {
  if (typeof router === 'function') return functionRouter(router as RouteFunction);
  if (router instanceof Map) return mapRouter([...router]);
  if (isPair(router)) return mapRouter([router]);
  if (Array.isArray(router) && router.every(isPair)) return mapRouter(router);
  if (isPlainObject(router)) return mapRouter(Object.entries(router) as RoutePair[]);
  throw new ImproperlyConfigured(
    `taskRoutes expects an object, a Map, a list of [pattern, route] or a function, got ${inspect(router, { depth: 0 })}`,
  );
}

function functionRouter(router: RouteFunction): Router {
  return ({ name, args, kwargs, options, task }) => {
    const route = router(name, args, kwargs, options, task);
    return route === undefined || route === null ? undefined : checkedRoute(name, route);
  };
}

/** @see celery.app.routes.MapRoute */
function mapRouter(pairs: readonly RoutePair[]): Router {
  const exact = new Map<string, Route>();
  const patterns: (readonly [matches: (name: string) => boolean, route: Route])[] = [];
  for (const [pattern, given] of pairs) {
    const route = checkedRoute(String(pattern), given);
    if (typeof pattern !== 'string') patterns.push([fromItsStart(pattern), route]);
    else if (pattern.includes('*')) patterns.push([globMatcher(pattern), route]);
    else exact.set(pattern, route);
  }
  return ({ name }) => exact.get(name) ?? patterns.find(([matches]) => matches(name))?.[1];
}

/** As Python's `match`: an expression need not reach the end of the name, but has to begin at its start. */
function fromItsStart({ source, flags }: RegExp): (name: string) => boolean {
  const pattern = new RegExp(`^(?:${source})`, flags.replace(/[gy]/g, ''));
  return (name) => pattern.test(name);
}

/** As Python's `fnmatch`: `*`, `?`, `[seq]` and `[!seq]`. */
function globMatcher(glob: string): (name: string) => boolean {
  const parts = glob.matchAll(/\*|\?|\[(!?)(\]?[^\]]*)\]|[\s\S]/gu);
  const source = Array.from(parts, ([part, not, letters]) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (letters === undefined) return escapeRegex(part);
    return `[${not && '^'}${letters.replace(/[\\\]^[]/g, '\\$&')}]`;
  });
  const pattern = compiled(glob, `^${source.join('')}$`);
  return (name) => pattern.test(name);
}

/** A range that runs backwards, `[z-a]`, is no pattern. */
function compiled(glob: string, source: string): RegExp {
  try {
    return new RegExp(source, 'su');
  } catch (cause) {
    throw new ImproperlyConfigured(`The route of '${glob}' is no glob pattern: ${cause}`, {
      cause,
    });
  }
}

function checkedRoute(whose: string, route: unknown): Route {
  if (text[1](route)) return { queue: route as string };
  if (!isPlainObject(route)) {
    throw new ImproperlyConfigured(
      `The route of '${whose}' is expected to be a queue's name or an object, got ${inspect(route, { depth: 0 })}`,
    );
  }
  checkOptions(route, routeForms, 'option', `the route of '${whose}'`);
  return route as Route;
}

function isPair(value: unknown): value is RoutePair {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    (typeof value[0] === 'string' || value[0] instanceof RegExp)
  );
}

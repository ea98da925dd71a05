import type { CallOptions, Keywords, TaskCall } from '../canvas/index.ts';
import type { Destination, Route, Router } from '../producer/index.ts';
import type { WireSignature } from '../protocol/index.ts';
import type { AppTask } from './registered-task.ts';

/** Where a call goes and what its route says about it. */
export interface RoutedTo {
  readonly destination: Destination;
  readonly route: Route | undefined;
}

/**
 * What decides where a call goes, each where the ones before say nothing: the call, its task, the routes, the settings.
 *
 * @throws ImproperlyConfigured, QueueNotFound as `Router.destination`
 * @see celery.app.routes.Router.route
 */
export function routeCall(
  { task: name, args, kwargs }: TaskCall,
  options: CallOptions,
  task: AppTask | undefined,
  router: Router,
): RoutedTo {
  const own = task?.definition.options;
  const wish = {
    queue: options.queue ?? own?.queue,
    exchange: options.exchange ?? own?.exchange,
    routingKey: options.routingKey ?? own?.routingKey,
  };
  if (!router.hasRoutes) return { destination: router.destination(wish), route: undefined };
  const { link: _link, linkError: _linkError, ...plain } = options;
  const asked = { ...plain, ...wish, priority: options.priority ?? own?.priority };
  const route = router.route({
    name: routedName(name, kwargs),
    args,
    kwargs,
    options: asked,
    task,
  });
  const destination = router.destination({
    queue: wish.queue ?? route?.queue,
    exchange: wish.exchange ?? route?.exchange,
    routingKey: wish.routingKey ?? route?.routingKey,
  });
  return { destination, route };
}

const mapping: ReadonlySet<string> = new Set(['celery.map', 'celery.starmap', 'celery.chunks']);

/** A map goes where the calls go that it stands for. @see celery.canvas._basemap.apply_async */
function routedName(name: string, { task }: Keywords): string {
  if (!mapping.has(name)) return name;
  const mapped = (task as Partial<WireSignature> | undefined)?.task;
  return typeof mapped === 'string' ? mapped : name;
}

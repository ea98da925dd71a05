import { QueueNotFound } from '../errors.ts';
import { Exchanges } from './exchanges.ts';
import { type BoundQueue, bindQueue, type RoutingSettings } from './task-queues.ts';
import { prepareRoutes, type Route, type RoutedCall, type TaskRoutes } from './task-routes.ts';

/** Where a call asks to go; nothing: where all go that ask for nothing. */
export interface Wish {
  readonly queue?: string | undefined;
  readonly exchange?: string | undefined;
  readonly routingKey?: string | undefined;
}

/** An exchange with the key of one message, and the queues that it finds here. */
export interface ExchangeTarget {
  readonly exchange: string;
  readonly routingKey: string;
  /** Of a fanout exchange, those that `taskQueues` tells of: the engine may know more. */
  readonly queues: readonly string[];
  /** The engine gives out the copies; undefined: only if the engine knows such an exchange. */
  readonly fanout: boolean | undefined;
  /** Names of all exchanges that `taskQueues` tells of. */
  readonly declared: readonly string[];
}

/** Where a call goes: to one queue by its name (undefined: the engine's default), or through an exchange. */
export type Destination =
  | { readonly queue: string | undefined; readonly exchange?: undefined }
  | { readonly queue?: undefined; readonly exchange: ExchangeTarget };

const engineDefault: Destination = { queue: undefined };

/**
 * Celery's routing: routes say what calls do not, and exchanges find queues in the producer, as kombu does it on SQS.
 *
 * @see celery.app.amqp.AMQP, celery.app.routes.Router
 */
export class Router {
  readonly exchanges: Exchanges;
  readonly #settings: RoutingSettings;
  readonly #lookup: ((call: RoutedCall) => Route | undefined) | undefined;
  readonly #queues: ReadonlyMap<string, BoundQueue>;
  /** Every call goes to the queue that it, its task or its route names. */
  readonly #byNameAlone: boolean;
  /** The setting `taskDefaultQueue`, if it was given: else the engine's goes before. */
  readonly #defaultQueue: string | undefined;

  /** @throws ImproperlyConfigured for routes and exchanges that contradict themselves */
  constructor(
    settings: RoutingSettings & { readonly taskRoutes: TaskRoutes | null },
    defaultQueue?: string,
  ) {
    const { taskQueues, taskDefaultQueue, taskRoutes, taskDefaultExchangeType } = settings;
    this.#settings = settings;
    this.#defaultQueue = defaultQueue;
    this.#lookup = taskRoutes === null ? undefined : prepareRoutes(taskRoutes);
    const declared = taskQueues?.length ? taskQueues : [{ name: taskDefaultQueue }];
    const bound = declared.map((one) => bindQueue(one, settings));
    this.#queues = new Map(bound.map((queue) => [queue.name, queue]));
    this.exchanges = new Exchanges(bound);
    this.#byNameAlone =
      !taskQueues?.length &&
      taskDefaultExchangeType === 'direct' &&
      settings.taskCreateMissingQueues;
  }

  /**
   * Where tasks go that name no queue: the setting `taskDefaultQueue`, if it was given, else what the engine was set up with.
   */
  defaultQueue(engine: string | undefined): string {
    return this.#defaultQueue ?? engine ?? this.#settings.taskDefaultQueue;
  }

  /** Whether there are routes at all. */
  get hasRoutes(): boolean {
    return this.#lookup !== undefined;
  }

  /** What the routes say about a call; undefined: nothing. */
  route(call: RoutedCall): Route | undefined {
    return this.#lookup?.(call);
  }

  /**
   * Where a call goes that asks for this, its task and its route included.
   *
   * @throws QueueNotFound for a queue that `taskQueues` has not, with `taskCreateMissingQueues: false`
   * @throws ImproperlyConfigured for a message that would get lost
   * @see celery.app.amqp.AMQP._create_task_sender
   */
  destination(wish: Wish): Destination {
    if (wish.exchange === undefined && this.#byNameAlone) {
      const queue = wish.queue ?? this.#defaultQueue;
      return queue === undefined ? engineDefault : { queue };
    }
    const { taskDefaultQueue, taskDefaultRoutingKey } = this.#settings;
    if (wish.queue === undefined && wish.exchange !== undefined) {
      const routingKey = wish.routingKey ?? taskDefaultRoutingKey ?? taskDefaultQueue;
      return this.#through(wish.exchange, routingKey);
    }
    const queue = this.#queue(wish.queue ?? taskDefaultQueue);
    const isExplicit = wish.exchange !== undefined && wish.routingKey !== undefined;
    if (queue === undefined || queue.exchangeType === 'direct') {
      if (isExplicit) return this.#through(wish.exchange ?? '', wish.routingKey ?? '');
      const byDefault = wish.queue === undefined && this.#defaultQueue === undefined;
      return byDefault ? engineDefault : { queue: wish.queue ?? taskDefaultQueue };
    }
    return this.#through(wish.exchange ?? queue.exchange, wish.routingKey ?? queue.routingKey);
  }

  /** The highest priority that a queue tells apart; null: the highest there is. */
  maxPriority(queue: string | undefined): number | null {
    const { taskQueueMaxPriority, taskDefaultQueue } = this.#settings;
    const bound = this.#queues.get(queue ?? taskDefaultQueue);
    return bound ? bound.maxPriority : taskQueueMaxPriority;
  }

  /** Whether several queues got this message, each a copy to be run: their tasks share an id. */
  isCopied(exchange: string, routingKey: string): boolean {
    if (exchange === '') return false;
    return (
      this.exchanges.typeOf(exchange) === 'fanout' ||
      this.exchanges.find(exchange, routingKey).length > 1
    );
  }

  #through(exchange: string, routingKey: string): Destination {
    if (exchange === '') return { queue: routingKey };
    const type = this.exchanges.typeOf(exchange);
    const queues = this.exchanges.find(exchange, routingKey);
    if (type !== undefined && queues.length === 0) {
      throw this.exchanges.unbound(exchange, routingKey);
    }
    const fanout = type === undefined ? undefined : type === 'fanout';
    const declared = this.exchanges.names();
    return { exchange: { exchange, routingKey, queues, fanout, declared } };
  }

  /** undefined: it is not declared, and need not be. */
  #queue(name: string): BoundQueue | undefined {
    const queue = this.#queues.get(name);
    if (queue || this.#settings.taskCreateMissingQueues) return queue;
    throw new QueueNotFound(name, this.#queues.keys());
  }
}

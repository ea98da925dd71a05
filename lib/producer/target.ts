import type { Broker } from '../ports/index.ts';
import { type DeliveryInfo, laneOf } from '../protocol/index.ts';
import type { PublishRequest } from './publication.ts';

/** Where one message goes, and what it says of that. */
export interface Target {
  /** Each of them gets the message; lanes stand for the queues they belong to. */
  readonly queues: readonly string[];
  /** The fanout exchange that gives out copies instead. */
  readonly fanout: string | undefined;
  /** All that have a say about delays: a name that ends in `.fifo` is FIFO. */
  readonly places: readonly string[];
  /** The queues whose workers read it, as far as it is known here. */
  readonly readers: readonly string[];
  readonly deliveryInfo: DeliveryInfo;
}

/** By the request's exchange or queue, and by its priority where a queue has lanes. */
export function targetOf(
  { queue, exchange, options, maxPriority }: PublishRequest,
  { defaultQueue, lanes }: Pick<Broker, 'defaultQueue' | 'lanes'>,
): Target {
  const lane = (name: string) => laneOf(name, lanes?.get(name), options.priority ?? 0, maxPriority);
  if (exchange === undefined) {
    const name = lane(queue ?? defaultQueue ?? 'celery');
    const queues = [name];
    const deliveryInfo = { exchange: '', routingKey: name };
    return { queues, fanout: undefined, places: queues, readers: queues, deliveryInfo };
  }
  const { exchange: name, routingKey, fanout } = exchange;
  const queues = exchange.queues.map(lane);
  const deliveryInfo = { exchange: name, routingKey };
  return fanout === false
    ? { queues, fanout: undefined, places: queues, readers: queues, deliveryInfo }
    : { queues: [], fanout: name, places: [name], readers: queues, deliveryInfo };
}

import { ImproperlyConfigured } from '../errors.ts';
import type { BoundQueue, ExchangeType } from './task-queues.ts';
import { topicMatcher } from './topic-match.ts';

interface Exchange {
  readonly type: ExchangeType;
  readonly bindings: { readonly key: string; readonly queue: string; fits(key: string): boolean }[];
}

/** Which queues the exchanges of an application find, as kombu's virtual transports look it up in the producer. */
export class Exchanges {
  readonly #exchanges = new Map<string, Exchange>();

  /** @throws ImproperlyConfigured for an exchange of two types */
  constructor(queues: Iterable<BoundQueue>) {
    for (const { name, bindings } of queues) {
      for (const { exchange, exchangeType, routingKey } of bindings) {
        this.#exchange(exchange, exchangeType).bindings.push({
          key: routingKey,
          queue: name,
          fits: matcher(exchangeType, routingKey),
        });
      }
    }
  }

  /** undefined: no queue is bound to such an exchange. */
  typeOf(exchange: string): ExchangeType | undefined {
    return this.#exchanges.get(exchange)?.type;
  }

  /** The queues that a message finds, each once; none: nobody would get it. */
  find(exchange: string, routingKey: string): readonly string[] {
    const { bindings = [] } = this.#exchanges.get(exchange) ?? {};
    const found = bindings.filter((binding) => binding.fits(routingKey));
    return [...new Set(found.map(({ queue }) => queue))];
  }

  /** Exchanges that give a copy to each of their queues, and these. */
  fanouts(): ReadonlyMap<string, readonly string[]> {
    const fanouts = [...this.#exchanges].filter(([, { type }]) => type === 'fanout');
    return new Map(fanouts.map(([name]) => [name, this.find(name, '')]));
  }

  /** Of those that queues are bound to. */
  names(): readonly string[] {
    return [...this.#exchanges.keys()];
  }

  /** For a message that would get lost: kombu drops it silently. */
  unbound(exchange: string, routingKey: string): ImproperlyConfigured {
    const keys = this.#exchanges
      .get(exchange)
      ?.bindings.map(({ key, queue }) => `'${key}' (${queue})`);
    return new ImproperlyConfigured(
      `Routing key '${routingKey}' finds no queue by exchange '${exchange}', whose binding keys are ${keys?.join(', ')}. ` +
        'Correct the key, or bind a queue to it by the setting taskQueues.',
    );
  }

  #exchange(name: string, type: ExchangeType): Exchange {
    const exchange = this.#exchanges.get(name) ?? { type, bindings: [] };
    if (exchange.type !== type) {
      throw new ImproperlyConfigured(
        `taskQueues bind to exchange '${name}' as ${exchange.type} and as ${type}: an exchange has one type`,
      );
    }
    this.#exchanges.set(name, exchange);
    return exchange;
  }
}

function matcher(type: ExchangeType, bindingKey: string): (routingKey: string) => boolean {
  if (type === 'fanout') return () => true;
  return type === 'topic' ? topicMatcher(bindingKey) : (routingKey) => routingKey === bindingKey;
}

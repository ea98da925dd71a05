import { inspect } from 'node:util';
import { ImproperlyConfigured } from '../errors.ts';
import { checkOptions, type Form, type Forms, isPlainObject, text, whole } from './option-forms.ts';

/** How an exchange finds its queues: by the same key, by a pattern of words, or all of them. */
export type ExchangeType = 'direct' | 'topic' | 'fanout';

/** One more exchange that a queue is bound to. @see kombu.binding */
export interface QueueBinding {
  readonly exchange: string;
  /** @default the setting `taskDefaultExchangeType` */
  readonly exchangeType?: ExchangeType;
  /** @default the setting `taskDefaultRoutingKey` */
  readonly routingKey?: string;
}

/** A queue of the setting `taskQueues`, and how exchanges find it. @see kombu.Queue */
export interface QueueDeclaration {
  /** Celery's name. */
  readonly name: string;
  /** @default the setting `taskDefaultExchange` */
  readonly exchange?: string;
  /** @default the setting `taskDefaultExchangeType` */
  readonly exchangeType?: ExchangeType;
  /** The key of messages that are sent to this queue by its name. @default the binding key, else the setting `taskDefaultRoutingKey` */
  readonly routingKey?: string;
  /** The keys that find this queue: on a topic, words with `*` and `#`. @default the routing key */
  readonly bindingKey?: string;
  /** Further exchanges that find it. */
  readonly bindings?: readonly QueueBinding[];
  /** `x-max-priority`: higher priorities count as this one. What else a queue is like says the construct. */
  readonly queueArguments?: { readonly 'x-max-priority'?: number };
}

/** Celery's settings about exchanges, queues and routes. */
export interface RoutingSettings {
  readonly taskDefaultQueue: string;
  readonly taskDefaultExchange: string | null;
  readonly taskDefaultExchangeType: ExchangeType;
  readonly taskDefaultRoutingKey: string | null;
  readonly taskQueues: readonly QueueDeclaration[] | null;
  readonly taskCreateMissingQueues: boolean;
  readonly taskQueueMaxPriority: number | null;
}

/** A declaration with the settings filled in. */
export interface BoundQueue {
  readonly name: string;
  readonly exchange: string;
  readonly exchangeType: ExchangeType;
  readonly routingKey: string;
  readonly bindings: readonly Required<QueueBinding>[];
  /** null: the highest there is. */
  readonly maxPriority: number | null;
}

/** What the setting `taskDefaultExchangeType` and its like look like. */
export const exchangeType: Form = [
  "'direct', 'topic' or 'fanout'",
  (value) => ['direct', 'topic', 'fanout'].includes(value as string),
];

const declarationForms: Forms<QueueDeclaration> = {
  name: text,
  exchange: text,
  exchangeType,
  routingKey: text,
  bindingKey: text,
  bindings: ['a list of objects { exchange, exchangeType, routingKey }', Array.isArray],
  queueArguments: ['an object', isPlainObject],
};

const bindingForms: Forms<QueueBinding> = { exchange: text, exchangeType, routingKey: text };

const argumentForms: Forms<NonNullable<QueueDeclaration['queueArguments']>> = {
  'x-max-priority': whole,
};

/** @throws ImproperlyConfigured for what is no declaration, and for a queue that is declared twice */
export function checkDeclarations(app: string, declarations: readonly unknown[]): void {
  const names = new Set<string>();
  for (const one of declarations) {
    const owner = `taskQueues of app '${app}'`;
    if (!isPlainObject(one) || !text[1](one.name)) {
      throw new ImproperlyConfigured(
        `${owner}: expected an object { name: 'images', ... }, got ${inspect(one, { depth: 0 })}`,
      );
    }
    const { name, bindings = [], queueArguments = {} } = one as unknown as QueueDeclaration;
    checkOptions(one, declarationForms, 'option', `queue '${name}' in ${owner}`);
    checkOptions(
      queueArguments,
      argumentForms,
      'queue argument',
      `queue '${name}' in ${owner} (what a queue is like says the construct)`,
    );
    for (const binding of bindings) {
      if (!text[1](Object(binding).exchange)) {
        throw new ImproperlyConfigured(`A binding of queue '${name}' in ${owner} has no exchange`);
      }
      checkOptions(binding, bindingForms, 'option', `a binding of queue '${name}' in ${owner}`);
    }
    if (names.has(name)) throw new ImproperlyConfigured(`${owner} has queue '${name}' twice`);
    names.add(name);
  }
}

/** Fills in the settings. Further bindings replace the one of the default exchange, as in kombu. */
export function bindQueue(declared: QueueDeclaration, settings: RoutingSettings): BoundQueue {
  const { name, bindings = [], queueArguments } = declared;
  const defaults = {
    exchange: settings.taskDefaultExchange ?? settings.taskDefaultQueue,
    exchangeType: settings.taskDefaultExchangeType,
    routingKey: settings.taskDefaultRoutingKey ?? settings.taskDefaultQueue,
  };
  const exchange = declared.exchange ?? defaults.exchange;
  const exchangeType = declared.exchangeType ?? defaults.exchangeType;
  const routingKey = declared.routingKey ?? declared.bindingKey ?? defaults.routingKey;
  const own = { exchange, exchangeType, routingKey: declared.bindingKey ?? routingKey };
  const isBoundElsewhere = bindings.length > 0 && declared.exchange === undefined;
  return {
    name,
    exchange,
    exchangeType,
    routingKey,
    bindings: [
      ...(isBoundElsewhere ? [] : [own]),
      ...bindings.map((one) => ({ ...defaults, ...one })),
    ],
    maxPriority: queueArguments?.['x-max-priority'] ?? settings.taskQueueMaxPriority,
  };
}

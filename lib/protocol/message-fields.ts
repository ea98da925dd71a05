import { DecodeError } from '../errors.ts';
import { isObject, kindOf } from './envelope.ts';
import { checkSignature, checkSignatures } from './signature.ts';
import type { DeliveryInfo, Embed, TaskMessage, WireSignature } from './task-message.ts';
import { DateTime, Uuid, WireValue } from './wire-values.ts';

/**
 * Reads the fields of one part of a message; an absent one and `null` are the same. What a run depends on is refused
 * unless it is right; what is shown or counted is taken as well as it can be, for Python runs such a task too.
 */
export class MessageFields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #part: string;

  /** @param part What errors call a field: `header`, `property`. */
  constructor(values: Readonly<Record<string, unknown>>, part: string) {
    this.#values = values;
    this.#part = part;
  }

  /** @throws DecodeError */
  required(key: string): string {
    const text = this.text(key);
    if (text === null || text === '') throw this.#wrong(key, 'a text');
    return text;
  }

  /** A text, or a UUID, which Python sends where a caller gave one for an id. @throws DecodeError */
  text(key: string): string | null {
    const value = this.#values[key];
    return value instanceof Uuid ? value.text : this.#optional(key, 'a text', isText);
  }

  /** What is shown to people or only handed on: whatever has a plain text is that text. */
  shown(key: string): string | null {
    const value = this.#values[key];
    if (value instanceof WireValue) return value.text;
    return value === null || typeof value === 'object' || value === undefined
      ? null
      : String(value);
  }

  /** A number or a numeric text, rounded down, and a boolean as 0 or 1; null for anything else. */
  integer(key: string): number | null {
    const value = this.#values[key];
    if (value === null || value === '') return null;
    if (typeof value === 'object' && !(value instanceof WireValue)) return null;
    const whole = Math.floor(Number(value));
    return Number.isSafeInteger(whole) ? whole : null;
  }

  /** As `integer`, but 0 where it is none or below. */
  count(key: string): number {
    return Math.max(0, this.integer(key) ?? 0);
  }

  /** Whether Python takes the value as true: all but 0, and what is empty. */
  truth(key: string): boolean | null {
    const value = this.#values[key] ?? null;
    if (value === null) return null;
    if (Array.isArray(value) || isObject(value)) return Object.keys(value).length > 0;
    return Boolean(value);
  }

  /** An ISO 8601 text or a datetime; without offset it is UTC. @throws DecodeError */
  date(key: string): Date | null {
    const value = this.#values[key];
    if (value instanceof DateTime) return value;
    const text = this.#optional(key, 'a date', isText);
    try {
      return text === null ? null : new DateTime(text);
    } catch (cause) {
      throw this.#wrong(key, 'a date or null', cause);
    }
  }

  /** Empty where it is not given. @throws DecodeError */
  object(key: string): Readonly<Record<string, unknown>> {
    return this.#optional(key, 'an object', isObject) ?? {};
  }

  /** Empty where it is no object. */
  stamps(): Readonly<Record<string, unknown>> {
    const { stamps } = this.#values;
    return isObject(stamps) ? stamps : {};
  }

  /** null where it is no list of texts. */
  texts(key: string): readonly string[] | null {
    const value = this.#values[key];
    return isTexts(value) ? value : null;
  }

  /** `[hard, soft]`, in seconds. @throws DecodeError */
  timeLimits(): Pick<TaskMessage, 'timeLimit' | 'softTimeLimit'> {
    const limits = this.#optional('timelimit', 'two numbers, [hard, soft],', isTimeLimits);
    return { timeLimit: limits?.[0] ?? null, softTimeLimit: limits?.[1] ?? null };
  }

  /** Checked in depth: what follows a task must not turn out malformed once the task is done. @throws DecodeError */
  embed(): Embed {
    const chord = this.#values.chord ?? null;
    return {
      callbacks: this.#signatures('callbacks'),
      errbacks: this.#signatures('errbacks'),
      chain: this.#signatures('chain'),
      chord: chord === null ? null : checkSignature(chord, `${this.#part}.chord`),
    };
  }

  #signatures(key: string): readonly WireSignature[] | null {
    const list = this.#optional(key, 'a list of signatures', Array.isArray);
    return list && checkSignatures(list, `${this.#part}.${key}`);
  }

  #optional<T>(key: string, expected: string, fits: (value: unknown) => value is T): T | null {
    const value = this.#values[key] ?? null;
    if (value === null || fits(value)) return value;
    throw this.#wrong(key, `${expected} or null`);
  }

  #wrong(key: string, expected: string, cause?: unknown): DecodeError {
    const value = this.#values[key];
    const got = typeof value === 'string' ? `'${value.slice(0, 100)}'` : kindOf(value);
    return new DecodeError(
      `Not a task: expected ${expected} as ${this.#part} "${key}", got ${got}`,
      {
        cause,
      },
    );
  }
}

/** What stands outside of headers and body, the same in both protocols. @throws DecodeError */
export function decodeProperties(
  properties: Readonly<Record<string, unknown>>,
  id: string,
): Pick<TaskMessage, 'correlationId' | 'replyTo' | 'priority' | 'deliveryInfo' | 'properties'> {
  const fields = new MessageFields(properties, 'property');
  return {
    correlationId: fields.shown('correlation_id') ?? id,
    replyTo: fields.shown('reply_to') || null,
    priority: fields.integer('priority') ?? 0,
    deliveryInfo: decodeDeliveryInfo(fields.object('delivery_info')),
    properties: withoutKeys(properties, ownProperties),
  };
}

/** @throws DecodeError */
export function decodeArgs(args: unknown): readonly unknown[] {
  if (!Array.isArray(args))
    throw new DecodeError(`Not a task: expected a list as args, got ${kindOf(args)}`);
  return args;
}

/** Without prototype, so that no name finds anything but what was sent. @throws DecodeError */
export function decodeKwargs(kwargs: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(kwargs)) {
    throw new DecodeError(`Not a task: expected an object as kwargs, got ${kindOf(kwargs)}`);
  }
  return { __proto__: null, ...kwargs };
}

/** All but these keys, without prototype. */
export function withoutKeys(
  values: Readonly<Record<string, unknown>>,
  keys: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const rest: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(values)) if (!keys.has(key)) rest[key] = values[key];
  return rest;
}

/** Those that have a field of their own, and those that belong to one delivery and are made anew for the next. */
const ownProperties: ReadonlySet<string> = new Set([
  'correlation_id',
  'reply_to',
  'priority',
  'delivery_info',
  'delivery_mode',
  'delivery_tag',
  'body_encoding',
  'expiration',
]);

function decodeDeliveryInfo(info: Readonly<Record<string, unknown>>): DeliveryInfo {
  const fields = new MessageFields(info, 'delivery_info');
  return {
    exchange: fields.shown('exchange') ?? '',
    routingKey: fields.shown('routing_key') ?? '',
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

/** Empty is as good as null to Python. */
function isTimeLimits(value: unknown): value is readonly (number | null)[] {
  if (!Array.isArray(value) || (value.length !== 0 && value.length !== 2)) return false;
  return value.every((limit) => limit === null || Number.isFinite(limit));
}

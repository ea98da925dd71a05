import { EncodeError } from '../errors.ts';
import { formatIsoDate } from './dates.ts';
import { formatPath } from './json-path.ts';
import { maxDepth, maxIntegerDigits } from './json-text.ts';
import { thrownText } from './thrown-text.ts';
import { decodeUtf8 } from './utf8.ts';
import { DateTime, Uuid, WireValue } from './wire-values.ts';

/** What to do instead, by the name of a class that one may well try to send. */
const waysOut = new Map([
  ['Map', 'send Object.fromEntries(map)'],
  ['Set', 'send an array, [...set]'],
  ['Promise', 'await it first'],
  ['RegExp', 'send its source'],
  ['Error', 'send its message'],
]);

/**
 * Whether `JSON.stringify` writes the value just as {@link writeJson} would, which is several times slower.
 * Throws what a getter or proxy throws.
 */
export function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true;
    case 'number':
      return isPlainNumber(value);
    case 'object':
      return value === null || isPlainObject(value, depth + 1);
    default:
      return false;
  }
}

function isPlainObject(value: object, depth: number): boolean {
  if (depth > maxDepth) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth));
  if (!hasNoClass(value)) return false;
  for (const key in value) {
    if (key === '__type__' || !isPlain((value as Record<string, unknown>)[key], depth))
      return false;
  }
  return true;
}

/** Infinite, negative zero and more than 2^53: JSON.stringify writes `null`, `0` and digits that are made up. */
function isPlainNumber(value: number): boolean {
  if (Number.isSafeInteger(value)) return !Object.is(value, -0);
  return Number.isFinite(value) && !Number.isInteger(value);
}

/** An object literal, of this realm or another, or one without prototype. */
function hasNoClass(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Writes JSON with kombu's types, telling the path of what cannot be written. @throws EncodeError */
export function writeJson(value: unknown, root: string, depth: number): string {
  return new JsonWriter(root, depth).write(value) ?? 'null';
}

class JsonWriter {
  readonly #root: string;
  readonly #depth: number;
  readonly #path: (string | number)[] = [];
  readonly #ancestors: object[] = [];

  constructor(root: string, depth: number) {
    this.#root = root;
    this.#depth = depth;
  }

  /** undefined for undefined alone: left out of objects. */
  write(value: unknown): string | undefined {
    switch (typeof value) {
      case 'undefined':
        return undefined;
      case 'number':
        return writeNumber(value);
      case 'bigint':
        return this.#integer(value);
      case 'object':
        return value === null ? 'null' : this.#guarded(value);
      case 'function':
      case 'symbol':
        throw this.#refusal(`got a ${typeof value}`);
      default:
        return JSON.stringify(value);
    }
  }

  /** Whatever a getter, proxy or toJSON throws is told with its path. */
  #guarded(value: object): string | undefined {
    if (this.#ancestors.includes(value)) throw this.#refusal('got a circular reference');
    if (this.#depth + this.#ancestors.length >= maxDepth) {
      throw this.#refusal(`objects and lists stand more than ${maxDepth} deep in each other`);
    }
    this.#ancestors.push(value);
    try {
      return this.#object(value);
    } catch (cause) {
      if (cause instanceof EncodeError) throw cause;
      throw this.#refusal(`reading it threw ${thrownText(cause)}`, cause);
    } finally {
      this.#ancestors.pop();
    }
  }

  #object(value: object): string | undefined {
    if (value instanceof WireValue) return writeWireValue(value);
    if (value instanceof Date) return this.#date(value);
    if (value instanceof Uint8Array) return writeBytes(value);
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return this.write(value.toJSON(String(this.#path.at(-1) ?? '')));
    }
    if (Array.isArray(value)) return this.#list(value);
    if (!hasNoClass(value)) throw this.#unknownClass(value);
    return this.#members(value as Record<string, unknown>);
  }

  #list(list: readonly unknown[]): string {
    const items = Array.from(list, (_, index) => this.#at(index, list) ?? 'null');
    return `[${items.join(',')}]`;
  }

  #members(object: Record<string, unknown>): string {
    const written: string[] = [];
    const keys: string[] = [];
    for (const key of Object.keys(object)) {
      const text = this.#at(key, object);
      if (text === undefined) continue;
      keys.push(key);
      written.push(`${JSON.stringify(key)}:${text}`);
    }
    if (keys.length === 2 && keys.includes('__type__') && keys.includes('__value__')) {
      throw this.#refusal(
        'an object of just __type__ and __value__ would be read as something else',
      );
    }
    return `{${written.join(',')}}`;
  }

  #at(key: string | number, parent: object): string | undefined {
    this.#path.push(key);
    const text = this.write((parent as Record<string | number, unknown>)[key]);
    this.#path.pop();
    return text;
  }

  #date(date: Date): string {
    try {
      return envelope('datetime', date instanceof DateTime ? date.toJSON() : formatIsoDate(date));
    } catch (cause) {
      throw this.#refusal((cause as Error).message, cause);
    }
  }

  #integer(value: bigint): string {
    const text = value.toString();
    if (text.length > maxIntegerDigits) {
      throw this.#refusal(`an integer of ${text.length} digits; Python reads ${maxIntegerDigits}`);
    }
    return text;
  }

  #unknownClass(value: object): EncodeError {
    const name = className(value);
    const wayOut = value instanceof Error ? waysOut.get('Error') : waysOut.get(name);
    return this.#refusal(
      `got an instance of ${name}; ${wayOut ?? 'send a plain object, or give the class a toJSON method'}`,
    );
  }

  #refusal(what: string, cause?: unknown): EncodeError {
    const place = formatPath(this.#root, this.#path) || 'the value';
    return new EncodeError(`Cannot write ${place} as JSON: ${what}`, { cause });
  }
}

function writeNumber(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  // Beyond 2^53 a number is no exact integer any more, so it travels as the float that it is; bigint is exact.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential();
  return String(value);
}

function writeWireValue(value: WireValue): string {
  return envelope(
    value.type,
    value instanceof Uuid ? { hex: value.text.replaceAll('-', '') } : value.text,
  );
}

/** Text where the bytes are UTF-8, base64 where not: as kombu decides. */
function writeBytes(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return envelope('bytes', text);
  const { buffer, byteOffset, byteLength } = bytes;
  return envelope('base64', Buffer.from(buffer, byteOffset, byteLength).toString('base64'));
}

function envelope(type: string, value: unknown): string {
  return JSON.stringify({ __type__: type, __value__: value });
}

function className(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  const { name } = (prototype as { constructor?: { name?: unknown } }).constructor ?? {};
  return typeof name === 'string' && name !== '' ? name : 'a class without name';
}

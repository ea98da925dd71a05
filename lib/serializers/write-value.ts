import { EncodeError } from '../errors.ts';
import { formatPath } from '../protocol/json-path.ts';
import { WireValue } from '../protocol/wire-values.ts';

/** What is written as one piece. */
export type Leaf = string | number | boolean | null | bigint | Date | Uint8Array | WireValue;

/** How a format writes values: leaves, lists and maps. */
export interface ValueFormat<T> {
  /** `YAML`, for errors. */
  readonly name: string;
  /** How deep lists and maps may stand in each other. */
  readonly maxDepth: number;
  /** @throws Error with the reason, for what the format cannot carry */
  leaf(value: Leaf): T;
  list(items: T[]): T;
  /** @throws Error with the reason, for names that the format cannot carry */
  map(members: [key: string, value: T][]): T;
}

/**
 * Writes a value as the JSON serializer does: what is `undefined` is left out of objects and `null` in lists, `toJSON` is
 * asked, classes without it are refused.
 *
 * @throws EncodeError that names the place, counted from `$`, and what stands there
 */
export function writeValue<T>(value: unknown, format: ValueFormat<T>): T {
  return new ValueWriter(format).write(value) ?? format.leaf(null);
}

class ValueWriter<T> {
  readonly #format: ValueFormat<T>;
  readonly #path: (string | number)[] = [];
  readonly #ancestors: object[] = [];

  constructor(format: ValueFormat<T>) {
    this.#format = format;
  }

  /** undefined for undefined alone. */
  write(value: unknown): T | undefined {
    if (value === undefined) return undefined;
    if (isLeaf(value)) return this.#leaf(value);
    if (typeof value !== 'object') throw this.#refusal(`got a ${typeof value}`);
    return this.#guarded(value as object);
  }

  #leaf(value: Leaf): T {
    return this.#formatted(() => this.#format.leaf(value));
  }

  /** Whatever the format cannot carry is told with its path. */
  #formatted(write: () => T): T {
    try {
      return write();
    } catch (cause) {
      throw this.#refusal((cause as Error).message, cause);
    }
  }

  /** Whatever a getter, proxy or toJSON throws is told with its path. */
  #guarded(value: object): T | undefined {
    if (this.#ancestors.includes(value)) throw this.#refusal('got a circular reference');
    if (this.#ancestors.length >= this.#format.maxDepth) {
      throw this.#refusal(
        `objects and lists stand more than ${this.#format.maxDepth} deep in each other`,
      );
    }
    this.#ancestors.push(value);
    try {
      return this.#container(value);
    } catch (cause) {
      if (cause instanceof EncodeError) throw cause;
      throw this.#refusal('reading it threw', cause);
    } finally {
      this.#ancestors.pop();
    }
  }

  #container(value: object): T | undefined {
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return this.write(value.toJSON(String(this.#path.at(-1) ?? '')));
    }
    if (Array.isArray(value)) {
      return this.#format.list(
        value.map((item, index) => this.#at(index, item) ?? this.#leaf(null)),
      );
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw this.#refusal(
        'got an instance of a class; send a plain object, or give the class a toJSON method',
      );
    }
    const members: [string, T][] = [];
    for (const [key, member] of Object.entries(value)) {
      const written = this.#at(key, member);
      if (written !== undefined) members.push([key, written]);
    }
    return this.#formatted(() => this.#format.map(members));
  }

  #at(key: string | number, value: unknown): T | undefined {
    this.#path.push(key);
    const written = this.write(value);
    this.#path.pop();
    return written;
  }

  #refusal(what: string, cause?: unknown): EncodeError {
    const place = formatPath('$', this.#path);
    return new EncodeError(`Cannot write ${place} as ${this.#format.name}: ${what}`, { cause });
  }
}

function isLeaf(value: unknown): value is Leaf {
  return (
    value === null ||
    ['string', 'number', 'boolean', 'bigint'].includes(typeof value) ||
    value instanceof Date ||
    value instanceof Uint8Array ||
    value instanceof WireValue
  );
}

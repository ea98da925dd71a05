import { CeleryError, DecodeError, EncodeError, ImproperlyConfigured } from '../errors.ts';
import { encodeException, parseJson, reprException, stringifyJson } from '../protocol/index.ts';

/** One way to write arguments and results. @see kombu.serialization */
export interface Serializer {
  /** Celery's short name, as `acceptContent` and `taskSerializer` have it. */
  readonly name: string;
  readonly contentType: string;
  /** `utf-8` for texts, `binary` for bytes. */
  readonly contentEncoding: string;
  /** @throws EncodeError */
  encode(value: unknown): Uint8Array | string;
  /** Gets a text or bytes, as it travelled: whatever is not UTF-8 text always comes as bytes. @throws DecodeError */
  decode(body: Uint8Array | string): unknown;
}

const jsonSerializer: Serializer = {
  name: 'json',
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  encode: stringifyJson,
  decode: (body) => parseJson(textOf(body, 'JSON')),
};

/** Those that are ready, by name and by content type. */
const ready = new Map<string, Serializer>();
registerSerializer(jsonSerializer);

/**
 * Makes a serializer known to every application of this process, under its name and its content type.
 *
 * @throws ImproperlyConfigured for pickle, which runs code when it is read
 * @example
 * import { yamlSerializer } from 'celery-aws/yaml';
 * registerSerializer(yamlSerializer);
 * @see kombu.serialization.register
 */
export function registerSerializer(serializer: Serializer): void {
  const { name, contentType } = serializer;
  if (isPickle(name) || isPickle(contentType)) {
    throw new ImproperlyConfigured(
      'pickle is never read and never written: reading it runs code of whoever wrote it. Use json, yaml or msgpack.',
    );
  }
  const guarded = withReadableErrors(serializer);
  ready.set(name, guarded);
  ready.set(contentType, guarded);
}

/** Whatever its code throws says what could not be done. */
function withReadableErrors(serializer: Serializer): Serializer {
  const { name, contentType, contentEncoding } = serializer;
  return {
    ...{ name, contentType, contentEncoding },
    encode: told(
      (value: unknown) => serializer.encode(value),
      (why, cause) => new EncodeError(`Serializer '${name}' cannot write this: ${why}`, { cause }),
    ),
    decode: told(
      (body: Uint8Array | string) => serializer.decode(body),
      (why, cause) => new DecodeError(`Serializer '${name}' cannot read this: ${why}`, { cause }),
    ),
  };
}

function told<T, R>(
  run: (value: T) => R,
  tell: (why: string, cause: unknown) => CeleryError,
): (value: T) => R {
  return (value) => {
    try {
      return run(value);
    } catch (error) {
      if (error instanceof CeleryError) throw error;
      throw tell(reprException(encodeException(error).exception), error);
    }
  };
}

/** The serializer of this name or content type, if it is ready: `loadSerializer` makes yaml and msgpack so. */
export function readySerializer(nameOrType: string): Serializer | undefined {
  return ready.get(nameOrType);
}

/** The same where it has to be ready by now. @throws ImproperlyConfigured */
export function requireSerializer(nameOrType: string): Serializer {
  const serializer = ready.get(nameOrType);
  if (serializer) return serializer;
  throw new ImproperlyConfigured(
    `Serializer '${nameOrType}' is not loaded: await loadSerializer('${nameOrType}') first`,
  );
}

/** Whether this name or content type is pickle's. */
export function isPickle(nameOrType: string): boolean {
  return nameOrType === 'pickle' || nameOrType === 'application/x-python-serialize';
}

/** The text that a body is. @throws DecodeError for bytes that are no UTF-8 */
export function textOf(body: Uint8Array | string, format: string): string {
  if (typeof body === 'string') return body;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw new DecodeError(`Not ${format}: the bytes are no UTF-8`, { cause });
  }
}

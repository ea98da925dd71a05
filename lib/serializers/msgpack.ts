import { decode, ExtData, encode } from '@msgpack/msgpack';
import { DecodeError } from '../errors.ts';
import { WireValue } from '../protocol/wire-values.ts';
import type { Serializer } from './serializer.ts';
import { type Leaf, type ValueFormat, writeValue } from './write-value.ts';

/** Python's packer and unpacker go no deeper. */
const maxDepth = 511;

const format: ValueFormat<unknown> = {
  name: 'MessagePack',
  maxDepth,
  leaf: toMsgpack,
  list: (items) => items,
  map: toMap,
};

/**
 * MessagePack, as Python's `msgpack` reads and writes it. A `Date` is a timestamp, which Python reads as
 * `msgpack.Timestamp` and cannot write from a datetime.
 *
 * @see kombu.serialization.register_msgpack
 */
export const msgpackSerializer: Serializer = {
  name: 'msgpack',
  contentType: 'application/x-msgpack',
  contentEncoding: 'binary',
  encode: (value) => encode(writeValue(value, format), { useBigInt64: true, maxDepth }),
  decode(body) {
    if (typeof body === 'string') {
      throw new DecodeError('Not MessagePack: expected bytes (body_encoding base64), got a text');
    }
    try {
      // Not as a Buffer: parts of it would be Buffers, too.
      const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
      return fromMsgpack(decode(bytes, { useBigInt64: true }));
    } catch (cause) {
      throw new DecodeError(`Not MessagePack: ${(cause as Error).message}`, { cause });
    }
  },
};

/** The package reads no map that has this key: what it would never give back is not written. */
function toMap(members: [key: string, value: unknown][]): unknown {
  if (members.some(([key]) => key === '__proto__')) {
    throw new Error('MessagePack is not read with a key __proto__; use json');
  }
  return Object.fromEntries(members);
}

const longestInteger = 2n ** 64n;

/** The package writes numbers of more than 32 bits as floats, unless they are bigints. */
function toMsgpack(value: Leaf): unknown {
  if (typeof value === 'bigint' && !(-longestInteger / 2n <= value && value < longestInteger)) {
    throw new Error(`${value} takes more than 64 bits`);
  }
  if (value instanceof WireValue) {
    throw new Error(`MessagePack has no ${value.type}; send its text, or use json`);
  }
  const isLong = Number.isSafeInteger(value) && Number(value) !== (Number(value) | 0);
  return isLong ? BigInt(Number(value)) : value;
}

/** Integers that a number holds are numbers again. */
function fromMsgpack(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof ExtData) throw new Error(`unknown extension type ${value.type}`);
  if (value instanceof Uint8Array || value instanceof Date) return value;
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) members[key] = fromMsgpack(members[key]);
  return value;
}

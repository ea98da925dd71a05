import { DecodeError } from '../errors.ts';
import { formatPath } from './json-path.ts';
import { maxIntegerDigits } from './json-text.ts';
import { encodeUtf8 } from './utf8.ts';
import { DateTime, Decimal, PlainDate, PlainTime, Uuid } from './wire-values.ts';

const revivers = new Map<unknown, (value: unknown) => unknown>([
  ['datetime', (value) => new DateTime(text(value))],
  ['date', (value) => new PlainDate(text(value))],
  ['time', (value) => new PlainTime(text(value))],
  ['decimal', (value) => new Decimal(text(value))],
  ['uuid', (value) => new Uuid(text(isObject(value) ? value.hex : value))],
  ['bytes', (value) => utf8(text(value))],
  ['base64', (value) => new Uint8Array(Buffer.from(text(value), 'base64'))],
]);

/** The `__type__` that numbers JSON.parse cannot read are given before it, and that no other writer uses. */
export const numberMark = ' number';

/**
 * Puts the values that `__type__` envelopes stand for in their places, inside `value` itself, innermost first as
 * Python does.
 *
 * @throws DecodeError that names the type and the place of an envelope that cannot be read.
 * @see kombu.utils.json.object_hook
 */
export function reviveWireValues(value: unknown): unknown {
  return revive(value, []);
}

function revive(value: unknown, path: (string | number)[]): unknown {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      value[index] = reviveAt(item, index, path);
    });
    return value;
  }
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  // Every key stands in the object itself, `__proto__` too, so that assignment never reaches a prototype.
  for (const key of keys) value[key] = reviveAt(value[key], key, path);
  return isEnvelope(value, keys) ? open(value, path) : value;
}

function reviveAt(value: unknown, key: string | number, path: (string | number)[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  path.push(key);
  const revived = revive(value, path);
  path.pop();
  return revived;
}

/** Exactly these two keys; anything else is an ordinary object. */
function isEnvelope(value: Record<string, unknown>, keys: string[]): boolean {
  return keys.length === 2 && Object.hasOwn(value, '__type__') && Object.hasOwn(value, '__value__');
}

function open(envelope: Record<string, unknown>, path: (string | number)[]): unknown {
  const type = envelope.__type__;
  const place = formatPath('$', path);
  if (type === numberMark) return number(text(envelope.__value__), place);
  const reviver = revivers.get(type);
  if (!reviver) {
    const known = [...revivers.keys()].join(', ');
    throw new DecodeError(
      `Unknown __type__ ${JSON.stringify(type)} at ${place}: known are ${known}`,
    );
  }
  try {
    return reviver(envelope.__value__);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new DecodeError(`Unreadable __type__ '${type}' at ${place}: ${reason}`, { cause });
  }
}

function number(token: string, place: string): number | bigint {
  if (!/\d/.test(token)) return Number(token);
  if (token.length > maxIntegerDigits) {
    throw new DecodeError(
      `An integer of ${token.length} digits at ${place}: Python allows ${maxIntegerDigits}`,
    );
  }
  return BigInt(token);
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  // Decimal(3) is as good as Decimal('3') to Python.
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new DecodeError(`Expected a text, got ${value === null ? 'null' : typeof value}`);
}

function utf8(value: string): Uint8Array {
  if (/\p{Surrogate}/u.test(value)) throw new DecodeError('A lone surrogate has no UTF-8 bytes');
  return encodeUtf8(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

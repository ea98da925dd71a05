import { formatIsoDate } from '../protocol/dates.ts';
import { DateTime, PlainDate, WireValue } from '../protocol/wire-values.ts';
import type { Leaf, ValueFormat } from './write-value.ts';

/** Longer ones are announced by a question mark; Python and others look no further for the colon. */
const longestSimpleKey = 1000;

/** YAML in its flow style, which is JSON but for numbers, dates, bytes and some characters; PyYAML reads it back the same. */
export const yamlFormat: ValueFormat<string> = {
  name: 'YAML',
  maxDepth: 900,
  leaf: writeLeaf,
  list: (items) => `[${items.join(', ')}]`,
  map: (members) => `{${members.map(([key, value]) => `${writeKey(key)}: ${value}`).join(', ')}}`,
};

function writeLeaf(value: Leaf): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return writeNumber(value);
  if (value instanceof Date) return writeDate(value);
  if (value instanceof Uint8Array) return `!!binary "${Buffer.from(value).toString('base64')}"`;
  if (value instanceof PlainDate) return value.text;
  if (value instanceof WireValue) {
    throw new Error(`YAML has no ${value.type}; send its text, or use json`);
  }
  return String(value);
}

function writeKey(key: string): string {
  const text = quote(key);
  return text.length > longestSimpleKey ? `? ${text} ` : text;
}

/** Line breaks of YAML's own and what PyYAML calls unprintable are escaped, besides what JSON escapes. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** PyYAML takes 1e+21 for a text, and 1.0e+21 for a number. */
function writeNumber(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0.0' : String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
  const text = Number.isInteger(value) ? value.toExponential() : String(value);
  return text.includes('.') ? text : text.replace('e', '.0e');
}

/** YAML's offsets have no seconds. */
function writeDate(date: Date): string {
  const text = date instanceof DateTime ? date.toJSON() : formatIsoDate(date);
  return /[+-]\d\d:\d\d:/.test(text) ? formatIsoDate(date) : text;
}

import { DecodeError } from '../errors.ts';
import { parseJson, stringifyJson } from './json.ts';
import { decodeUtf8 } from './utf8.ts';

/**
 * kombu's envelope: what an SQS message body holds. `body` is the task's own text, serialised, perhaps compressed,
 * perhaps base64; {@link envelopeBody} takes the last of these off.
 *
 * @see kombu.transport.virtual.base.Message
 */
export interface Envelope {
  readonly body: string;
  /** `application/json`; `application/data` where the message does not say. */
  readonly contentType: string;
  /** `utf-8`, or `binary`. */
  readonly contentEncoding: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * Reads the text of an SQS message, base64 or plain.
 *
 * @throws DecodeError when it is no JSON, has no `properties`, or a part has the wrong shape.
 * @see kombu.transport.SQS.Channel._envelope_payload
 */
export function decodeEnvelope(text: string): Envelope {
  const outer = parseJson(outerJson(text));
  if (!isObject(outer)) throw malformed(`an object, got ${kindOf(outer)}`);
  if (!Object.hasOwn(outer, 'properties')) throw malformed('a member "properties"');
  return {
    body: member(outer, 'body', isText, 'a text'),
    contentType: member(outer, 'content-type', isText, 'a text', 'application/data'),
    contentEncoding: member(outer, 'content-encoding', isText, 'a text', 'utf-8'),
    headers: member(outer, 'headers', isObject, 'an object', {}),
    properties: member(outer, 'properties', isObject, 'an object'),
  };
}

/** Writes the text of an SQS message, as plain JSON, which kombu reads as it reads base64. @throws EncodeError */
export function encodeEnvelope(envelope: Envelope): string {
  return sqsText(
    stringifyJson({
      body: envelope.body,
      'content-encoding': envelope.contentEncoding,
      'content-type': envelope.contentType,
      headers: envelope.headers,
      properties: envelope.properties,
    }),
  );
}

/**
 * The serialised body: bytes where the envelope has it in base64, else the text itself.
 *
 * @throws DecodeError for an unknown `body_encoding` and for broken base64.
 */
export function envelopeBody(envelope: Envelope): Uint8Array | string {
  const encoding = envelope.properties.body_encoding ?? 'utf-8';
  const name = typeof encoding === 'string' ? encoding.toLowerCase() : encoding;
  if (name === 'utf-8') return envelope.body;
  if (name !== 'base64') {
    throw malformed(`body_encoding "base64" or "utf-8", got ${JSON.stringify(encoding)}`);
  }
  const bytes = Buffer.from(envelope.body, 'base64');
  // Buffer skips what is no base64 and stops at the first padding; then bytes are missing.
  const digits = envelope.body.replace(/=+$/, '').length;
  if (bytes.length !== Math.floor((digits * 3) / 4)) throw malformed('a body in base64');
  return bytes;
}

/**
 * The JSON inside an SQS message body: canonical base64 of UTF-8 text is decoded, all else taken as it is.
 *
 * @see kombu.transport.SQS.Channel._optional_b64_decode
 */
export function outerJson(text: string): string {
  const trimmed = text.trim();
  // No base64 begins so; every plain envelope does.
  if (trimmed.startsWith('{')) return trimmed;
  const bytes = Buffer.from(trimmed, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== trimmed) return trimmed;
  return decodeUtf8(bytes) ?? trimmed;
}

/** The text of an SQS message in base64, which kombu reads as well, and in which no scheduler finds a template. */
export function base64Body(text: string): string {
  const trimmed = text.trim();
  return outerJson(trimmed) === trimmed ? Buffer.from(trimmed).toString('base64') : trimmed;
}

/**
 * JSON text with the two characters escaped that SQS refuses and JSON.stringify leaves as they are.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function sqsText(json: string): string {
  if (!/[\ufffe\uffff]/.test(json)) return json;
  return json.replaceAll('\ufffe', '\\ufffe').replaceAll('\uffff', '\\uffff');
}

/** A JSON object: no list, no null, none of the values that stand for a `__type__`. */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What a value read from JSON is, for errors. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return isObject(value) ? 'an object' : `a ${value.constructor.name}`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function member<T>(
  outer: Record<string, unknown>,
  key: string,
  fits: (value: unknown) => value is T,
  expected: string,
  absent?: T,
): T {
  const value = outer[key] ?? absent;
  if (!fits(value)) throw malformed(`${expected} as "${key}", got ${kindOf(outer[key])}`);
  return value;
}

function malformed(expected: string): DecodeError {
  return new DecodeError(`Not a Celery message: expected ${expected}`);
}

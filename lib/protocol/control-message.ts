import { DecodeError } from '../errors.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  envelopeBody,
  isObject,
  kindOf,
  outerJson,
} from './envelope.ts';
import { parseJson, stringifyJson } from './json.ts';
import { decodeUtf8 } from './utf8.ts';

/** A command to workers: ours and Python's remote control have the same form. @see kombu.pidbox.Mailbox */
export interface ControlMessage {
  /** `revoke`, `unpark` ... */
  readonly method: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** It is for some workers alone, by host name or pattern, and not for whoever reads it. */
  readonly addressed: boolean;
}

/** Writes a command as the text of a queue's message. @throws EncodeError */
export function encodeControlMessage(
  method: string,
  args: Readonly<Record<string, unknown>>,
): string {
  return encodeEnvelope({
    body: stringifyJson({ method, arguments: args, destination: null }),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    headers: {},
    properties: { body_encoding: 'utf-8' },
  });
}

/** Reads a command, also one that came through SNS without raw delivery. @throws DecodeError */
export function decodeControlMessage(text: string): ControlMessage {
  const envelope = decodeEnvelope(notifiedText(text));
  const body = envelopeBody(envelope);
  const json = typeof body === 'string' ? body : decodeUtf8(body);
  const command = json === undefined ? undefined : parseJson(json);
  if (!isObject(command)) throw malformed(`an object, got ${kindOf(command)}`);
  const { method, arguments: args = {}, destination, pattern, matcher } = command;
  if (typeof method !== 'string') throw malformed(`a text as "method", got ${kindOf(method)}`);
  if (!isObject(args)) throw malformed(`an object as "arguments", got ${kindOf(args)}`);
  return { method, arguments: args, addressed: Boolean(destination || pattern || matcher) };
}

/** SNS wraps a message unless the subscription asks for raw delivery. */
function notifiedText(text: string): string {
  const json = outerJson(text);
  const outer = parseJson(json);
  const wrapped = isObject(outer) && outer.Type === 'Notification';
  return wrapped && typeof outer.Message === 'string' ? outer.Message : json;
}

function malformed(expected: string): DecodeError {
  return new DecodeError(`Not a control message: expected ${expected}`);
}

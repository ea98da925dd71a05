import { attemptNumber } from './attempt.ts';
import { envelopeBody, isObject, outerJson, sqsText } from './envelope.ts';
import { fitsItemKey } from './item-keys.ts';
import { parseStructure } from './json.ts';
import { reviveWireValues } from './json-revive.ts';
import { setMember } from './json-text.ts';
import { MessageFields } from './message-fields.ts';
import { Uuid } from './wire-values.ts';

// What can be told of a message that cannot be decoded, and what can be done to it. Nothing here throws because of
// what a text holds, and nothing interprets more of it than it must.

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The task's id where one can be read: from protocol 2, protocol 1 or the properties, even of half a message. Not one
 * that is too long for the key of a result: nothing could be stored for it.
 */
export function readTaskId(text: string): string | undefined {
  const id = readText(text, 'id') ?? idText(objectOf(readOuter(text)?.properties)?.correlation_id);
  return id !== undefined && fitsItemKey(id) ? id : undefined;
}

/** The task's name where one can be read, of either protocol, even of half a message. */
export function readTaskName(text: string): string | undefined {
  return readText(text, 'task');
}

/** Which attempt of its task the message is; the first where it does not say. @see attemptNumber */
export function readAttempt(text: string): number {
  const outer = readOuter(text) ?? {};
  const headers = objectOf(outer.headers) ?? {};
  const retries = headers.retries ?? protocol1Body(outer)?.retries;
  const fields = new MessageFields({ ...headers, retries }, 'header');
  return attemptNumber({
    retries: fields.count('retries'),
    replacedTaskNesting: fields.count('replaced_task_nesting'),
  });
}

/** How often the message has come back from the dead-letter queue; 0 where it does not say. */
export function readDeadGeneration(text: string): number {
  return toDeadGeneration(objectOf(readOuter(text)?.headers)?.dead_generation);
}

/** A header `dead_generation` as a count: 0 for whatever is none. */
export function toDeadGeneration(header: unknown): number {
  return Number.isSafeInteger(header) ? Math.max(0, header as number) : 0;
}

/**
 * The same message with its header `dead_generation` set, and everything else character by character as it came, so
 * that nothing is lost that only its reader understands. Plain JSON outside; undefined when the text is no envelope.
 */
export function withDeadGeneration(text: string, generation: number): string | undefined {
  return withHeader(text, 'dead_generation', String(generation));
}

/** The same message with one header set to this JSON, all else as {@link withDeadGeneration}. */
export function withHeader(text: string, name: string, json: string): string | undefined {
  const outer = readOuter(text);
  if (!isObject(outer?.properties) || !isObject(outer.headers ?? {})) return undefined;
  const marked = setMember(outerJson(text), 'headers', (headers) =>
    setMember(isObject(outer.headers) && headers ? headers : '{}', name, () => json),
  );
  return sqsText(marked);
}

function readText(text: string, key: 'id' | 'task'): string | undefined {
  const outer = readOuter(text);
  if (outer === undefined) return scanHeaders(outerJson(text), key);
  return idText(objectOf(outer.headers)?.[key]) ?? idText(protocol1Body(outer)?.[key]);
}

function readOuter(text: string): JsonObject | undefined {
  return readObject(outerJson(text));
}

function readObject(json: string): JsonObject | undefined {
  return attempt(() => objectOf(parseStructure(json)));
}

function protocol1Body(outer: JsonObject): JsonObject | undefined {
  const { body, properties } = outer;
  if (typeof body !== 'string') return undefined;
  return attempt(() => {
    const inner = envelopeBody({
      body,
      contentType: '',
      contentEncoding: '',
      headers: {},
      properties: objectOf(properties) ?? {},
    });
    return readObject(typeof inner === 'string' ? inner : new TextDecoder().decode(inner));
  });
}

/** Of a text cut off anywhere behind its headers' id: they begin flat, and quotes inside texts carry a backslash. */
function scanHeaders(json: string, key: string): string | undefined {
  const text = json.includes('{') ? json : Buffer.from(json, 'base64').toString();
  const form = new RegExp(`"headers"\\s*:\\s*\\{[^{}[\\]]*?"${key}"\\s*:\\s*"([^"\\\\]+)"`);
  return form.exec(text)?.[1];
}

/** A text; also a UUID, which Python writes as a typed value where a caller gave one for an id. */
function idText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (!isObject(value)) return undefined;
  const revived = attempt(() => reviveWireValues({ ...value }));
  return revived instanceof Uuid ? revived.text : undefined;
}

function objectOf(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // Unreadable is an answer here: the caller reports the message as broken.
  }
}

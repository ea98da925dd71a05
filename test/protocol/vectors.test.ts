import { describe, expect, test } from 'vitest';
import {
  decodeEnvelope,
  decodeException,
  decodeTaskMessage,
  encodeException,
  encodeGroupDocument,
  encodeResultDocument,
  encodeTaskMessage,
  groupItemKey,
  parseJson,
  readTaskId,
  readTaskName,
  reprArgs,
  reprKwargs,
  type TaskMessage,
  taskIdOfItemKey,
  taskItemKey,
} from '../../lib/protocol/index.ts';
import {
  decodeBody,
  decodeStoredDocument,
  decodeStoredGroup,
} from '../../lib/serializers/index.ts';
import { documentVectors, messageVectors, wireForm } from './vectors.ts';

const refusals = new Map<string, { name: string; message: RegExp }>([
  ['serializer-yaml', { name: 'ContentDisallowed', message: /x-yaml: accepted are json/ }],
  ['serializer-pickle', { name: 'ContentDisallowed', message: /x-python-serialize/ }],
  ['compression-bzip2', { name: 'DecodeError', message: /x-bz2: have the sender use one of gzip/ }],
  ['compression-lzma', { name: 'DecodeError', message: /x-lzma: have the sender use one of gzip/ }],
]);
const readable = messageVectors.filter(({ name }) => !refusals.has(name));
const protocol2 = readable.filter(({ envelope }) => 'task' in envelope.headers);
const protocol1 = readable.filter(({ envelope }) => !('task' in envelope.headers));
const results = documentVectors.filter(({ document }) => 'status' in document);
const groups = documentVectors.filter(({ document }) => !('status' in document));
const failures = results.filter(({ document }) =>
  ['FAILURE', 'RETRY', 'REVOKED'].includes(document.status as string),
);

function decode(text: string): TaskMessage {
  const envelope = decodeEnvelope(text);
  return decodeTaskMessage(envelope, decodeBody(envelope, ['json']));
}

/**
 * Headers or properties as Python reads them, but for those that belong to one delivery. A date without offset, which
 * Python takes as UTC, is written with one.
 */
function comparable(values: Readonly<Record<string, unknown>>): [string, unknown][] {
  const perDelivery = ['compression', 'body_encoding', 'delivery_tag', 'expiration'];
  const aware = (value: unknown): unknown =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:]+$/.test(value)
      ? `${value}.000000+00:00`
      : value;
  return Object.entries(wireForm(values) as object)
    .filter(([key]) => !perDelivery.includes(key))
    .map(([key, value]) => [key, aware(value)]);
}

/** What JSON does not carry: that a list was a tuple, and that 1.0 was no integer. */
function withoutPythonTypes(repr: string): string {
  return repr
    .replace(/,\)/g, ')')
    .replace(/\(/g, '[')
    .replace(/\)/g, ']')
    .replace(/\b(\d+)\.0\b/g, '$1');
}

describe('messages from Python', () => {
  test('the fixtures hold them', () => {
    expect(protocol2.length).toBeGreaterThan(150);
    expect(protocol1.length).toBeGreaterThan(1);
    expect(messageVectors.length - readable.length).toBe(refusals.size);
  });

  test.for(readable)('$name decodes', ({ text, envelope, body }) => {
    const decoded = decodeEnvelope(text);

    expect(decoded).toMatchObject({
      body: envelope.body,
      contentType: envelope['content-type'],
      contentEncoding: envelope['content-encoding'],
    });
    expect(wireForm(decoded.headers)).toEqual(envelope.headers);
    expect(wireForm(decoded.properties)).toEqual(envelope.properties);
    expect(wireForm(decodeBody(decoded, ['json']))).toEqual(body);
  });

  test.for([...refusals])('%s is refused', ([vector, refusal]) => {
    const text = messageVectors.find(({ name }) => name === vector)?.text ?? '';

    expect(() => decode(text)).toThrow(
      expect.objectContaining({
        name: refusal.name,
        message: expect.stringMatching(refusal.message),
      }),
    );
  });

  test.for(messageVectors)('$name tells its id and task', ({ text, envelope, body }) => {
    const told = 'task' in envelope.headers ? envelope.headers : (body as Record<string, unknown>);

    expect({ id: readTaskId(text), task: readTaskName(text) }).toEqual({
      id: told.id,
      task: told.task,
    });
  });

  test.for(protocol2)('$name is written as Python wrote it', ({ text, envelope, body }) => {
    const written = decodeEnvelope(encodeTaskMessage(decode(text)));

    expect(comparable(written.headers)).toEqual(comparable(envelope.headers));
    expect(new Map(comparable(written.properties))).toEqual(
      new Map(comparable(envelope.properties)),
    );
    expect(written.properties.body_encoding).toBe('utf-8');
    expect(wireForm(decodeBody(written, ['json']))).toEqual(body);
  });

  test.for(protocol1)('$name, of protocol 1, is read', ({ text, body }) => {
    const old = body as Record<string, unknown>;
    const message = decode(text);

    expect(message).toMatchObject({
      task: old.task,
      id: old.id,
      args: old.args,
      kwargs: old.kwargs,
      group: old.taskset,
      retries: old.retries,
      embed: { callbacks: old.callbacks, errbacks: old.errbacks, chain: null, chord: old.chord },
    });
    expect(wireForm(message.eta)).toEqual(old.eta && { __type__: 'datetime', __value__: old.eta });
  });

  test.for(protocol2)('$name shows its arguments as Python did', ({ text }) => {
    const message = decode(text);

    expect(withoutPythonTypes(reprArgs(message.args))).toBe(withoutPythonTypes(message.argsrepr));
    expect(withoutPythonTypes(reprKwargs(message.kwargs))).toBe(
      withoutPythonTypes(message.kwargsrepr),
    );
  });
});

describe('documents from Python', () => {
  test('the fixtures hold them', () => {
    expect(results.length).toBeGreaterThan(100);
    expect(groups.length).toBeGreaterThan(2);
    expect(failures.length).toBeGreaterThan(10);
  });

  test.for(results)('$name decodes, and encodes to the same', ({ bytes, document }) => {
    const decoded = decodeStoredDocument(bytes);

    expect(decoded.status).toBe(document.status);
    expect(wireForm(decoded.result)).toEqual(document.result);
    const written = parseJson(new TextDecoder().decode(encodeResultDocument(decoded)));
    expect(Object.entries(wireForm(written) as object)).toEqual(Object.entries(document));
  });

  test.for(groups)(
    '$name, a group, decodes, and encodes to the same',
    ({ key, bytes, document }) => {
      const tuple = decodeStoredGroup(bytes);

      expect(groupItemKey(tuple[0][0])).toBe(key);
      expect(JSON.parse(new TextDecoder().decode(encodeGroupDocument(tuple)))).toEqual(document);
    },
  );

  test.for(failures)('$name: the exception survives a round trip', ({ document }) => {
    const error = decodeException(document.result, document.traceback as string | null);

    expect(error).toBeInstanceOf(Error);
    expect(error.traceback ?? null).toBe(document.traceback);
    expect(encodeException(error).exception).toEqual(document.result);
  });

  test.for(results)('$name: the key names the task', ({ key, document }) => {
    const prefix = key.includes('prod_') ? 'prod' : '';

    expect(taskIdOfItemKey(key, prefix)).toBe(document.task_id);
    expect(taskItemKey(document.task_id as string, prefix)).toBe(key);
  });
});

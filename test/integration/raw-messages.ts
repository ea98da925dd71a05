import { randomUUID } from 'node:crypto';

/** What may be wrong with a message, besides its text as a whole. */
export interface RawMessage {
  readonly id?: string;
  readonly task?: string;
  /** The serialised body: bytes, or the JSON of anything else. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly contentType?: string;
}

/** A plain envelope written by hand, member by member as PROTOCOL has them: a call of `interop.add` unless it says otherwise. */
export function rawEnvelope({
  id = randomUUID(),
  task = 'interop.add',
  body = [[1, 2], {}, { callbacks: null, errbacks: null, chain: null, chord: null }],
  headers = {},
  contentType = 'application/json',
}: RawMessage): Record<string, unknown> {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  return {
    body: Buffer.from(bytes).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': contentType,
    headers: { lang: 'js', task, id, ...headers },
    properties: {
      correlation_id: id,
      body_encoding: 'base64',
      delivery_info: { exchange: '', routing_key: 'celery' },
      delivery_tag: randomUUID(),
    },
  };
}

/** The same as it stands in SQS. */
export function rawMessage(message: RawMessage): string {
  return JSON.stringify(rawEnvelope(message));
}

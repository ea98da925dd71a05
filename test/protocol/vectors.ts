import { readdirSync, readFileSync } from 'node:fs';
import { DateTime, Decimal, PlainDate, PlainTime, Uuid } from '../../lib/protocol/index.ts';

/** Messages and items captured from Python Celery 5.7; the command that made each stands in it. */
const folder = new URL('../fixtures/vectors/', import.meta.url);

type Json = Readonly<Record<string, unknown>>;

export interface MessageVector {
  readonly name: string;
  /** The SQS message body, exactly. */
  readonly text: string;
  readonly envelope: Readonly<Record<string, unknown>> & { headers: Json; properties: Json };
  readonly body: unknown;
}

export interface DocumentVector {
  readonly name: string;
  /** Key of the item. */
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly document: Json;
}

interface VectorFile {
  readonly name: string;
  readonly sqs?: { readonly Body: string };
  readonly decoded?: Json;
  readonly messages?: readonly {
    readonly sqs: { readonly Body: string };
    readonly decoded: Json;
  }[];
  readonly dynamodb?: Call['params'];
  readonly calls?: readonly Call[];
}

interface Call {
  readonly params: {
    readonly Item?: {
      readonly id: { readonly S: string };
      readonly result?: { readonly B: string };
    };
  };
  readonly document?: Json | null;
}

const files: readonly VectorFile[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => parseVector(readFileSync(new URL(file, folder), 'utf8')));

/** Every message in the fixtures: a new file is covered by being there. */
export const messageVectors: readonly MessageVector[] = files.flatMap((file) => {
  const single = file.sqs ? [{ sqs: file.sqs, decoded: file.decoded ?? {} }] : [];
  return [...single, ...(file.messages ?? [])].map(({ sqs, decoded }, index) => ({
    name: index === 0 ? file.name : `${file.name} #${index}`,
    text: sqs.Body,
    envelope: decoded.envelope as MessageVector['envelope'],
    body: decoded.body,
  }));
});

/** Every result and group document in the fixtures. */
export const documentVectors: readonly DocumentVector[] = files.flatMap((file) => {
  const last = file.dynamodb ? [{ params: file.dynamodb, document: file.decoded }] : [];
  return [...last, ...(file.calls ?? [])].flatMap((call, index) => {
    const item = call.params?.Item;
    const document = documentOf(call.document);
    if (!item?.result || !document) return [];
    const bytes = new Uint8Array(Buffer.from(item.result.B, 'base64'));
    return [{ name: `${file.name} #${index}`, key: item.id.S, bytes, document }];
  });
});

/** A value as the vectors' files write it, so that both can be compared; made without the code under test. */
export function wireForm(value: unknown): unknown {
  if (typeof value === 'bigint') return { $int: String(value) };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $float: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof DateTime) return typed('datetime', value.iso);
  if (value instanceof PlainDate) return typed('date', value.text);
  if (value instanceof PlainTime) return typed('time', value.text);
  if (value instanceof Decimal) return typed('decimal', value.text);
  if (value instanceof Uuid) return typed('uuid', { hex: value.text.replaceAll('-', '') });
  if (value instanceof Uint8Array) return bytesForm(Buffer.from(value));
  if (Array.isArray(value)) return value.map(wireForm);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wireForm(item)]));
}

function bytesForm(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return typed('bytes', text);
  return typed('base64', bytes.toString('base64'));
}

function typed(type: string, value: unknown): unknown {
  return { __type__: type, __value__: value };
}

/** A compressed document's vector has it one level down. */
function documentOf(decoded: Json | null | undefined): Json | null | undefined {
  return decoded && 'compressed' in decoded ? (decoded.document as Json) : decoded;
}

function parseVector(text: string): VectorFile {
  const exact = text.replace(/([:\s])(\d{16,})(,?)$/gm, '$1{"$int":"$2"}$3');
  return JSON.parse(exact) as VectorFile;
}

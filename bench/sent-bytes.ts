import { messageBytes } from '../lib/protocol/index.ts';
import type { SeenRequest } from './counting-proxy.ts';

interface Sent {
  readonly MessageBody: string;
  readonly MessageAttributes?: Readonly<Record<string, { DataType: string; StringValue?: string }>>;
}

/** Bytes of all messages that were sent, as SQS counts them: bodies and attributes. */
export function sentBytes(seen: readonly SeenRequest[]): number {
  return seen.flatMap(messagesOf).reduce((sum, message) => sum + bytesOf(message), 0);
}

function messagesOf({ operation, input }: SeenRequest): readonly Sent[] {
  if (operation === 'SendMessage') return [input as unknown as Sent];
  return operation === 'SendMessageBatch' ? (input.Entries as readonly Sent[]) : [];
}

function bytesOf({ MessageBody: body, MessageAttributes = {} }: Sent): number {
  const attributes = Object.entries(MessageAttributes).map(
    ([name, { DataType: type, StringValue: value = '' }]) => [name, { type, value }] as const,
  );
  return messageBytes({ body, attributes: Object.fromEntries(attributes) });
}

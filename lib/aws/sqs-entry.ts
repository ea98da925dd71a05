import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { OutgoingMessage } from '../ports/index.ts';
import {
  type MessageAttribute,
  type MessageAttributes,
  typedAttribute,
} from '../protocol/message-attributes.ts';

/** What `SendMessage` and an entry of `SendMessageBatch` have in common. */
export interface SqsEntry {
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly MessageAttributes?: Record<string, MessageAttributeValue>;
}

/** A message in the parameters of SQS. */
export function toSqsEntry(message: OutgoingMessage): SqsEntry {
  return {
    MessageBody: message.body,
    DelaySeconds: message.delaySeconds,
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    MessageAttributes: message.attributes && toAttributeValues(message.attributes),
  };
}

function toAttributeValues(attributes: MessageAttributes): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [name, toValue(attribute)]),
  );
}

function toValue(attribute: MessageAttribute): MessageAttributeValue {
  const { type, value } = typedAttribute(attribute);
  return typeof value === 'string'
    ? { DataType: type, StringValue: value }
    : { DataType: type, BinaryValue: value };
}

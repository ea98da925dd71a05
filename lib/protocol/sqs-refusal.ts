import { type MessageAttributes, typedAttribute } from './message-attributes.ts';
import { maxDelaySeconds, maxMessageBytes, messageBytes, type SqsMessage } from './sqs-limits.ts';

/** SQS carries XML's characters alone, in bodies and attributes. A lone surrogate is none of them. */
const unsendable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const attributeName = /^(?!.*\.\.)(?!\.)(?!.*\.$)(?!AWS\.|Amazon\.)[\w.-]{1,256}$/i;
const attributeType = /^(String|Number|Binary)(\.|$)/;
const groupForm = /^[\x21-\x7e]{1,128}$/;
const mostAttributes = 10;

/**
 * Why SQS would not take a message, with its own name for the reason; undefined when it would.
 * Asked before sending: one bad message must not fail its batch, and emulators let much of this pass.
 */
export function refusalOf(message: SqsMessage, fifo: boolean): string | undefined {
  return (
    refusalOfBody(message) ??
    refusalOfAttributes(message.attributes ?? {}) ??
    refusalOfDelay(message, fifo) ??
    refusalOfIds(message, fifo)
  );
}

/** Whether SQS takes it as the id of a message group, or of a deduplication. */
export function fitsMessageGroup(id: string): boolean {
  return groupForm.test(id);
}

function refusalOfBody(message: SqsMessage): string | undefined {
  if (message.body === '') return 'MissingParameter: the body is empty';
  if (unsendable.test(message.body)) {
    return 'InvalidMessageContents: the body has characters outside the allowed set, XML 1.0 characters';
  }
  const bytes = messageBytes(message);
  if (bytes > maxMessageBytes) {
    return `InvalidParameterValue: body and attributes are ${bytes} bytes, at most ${maxMessageBytes} are taken`;
  }
  return undefined;
}

function refusalOfAttributes(attributes: MessageAttributes): string | undefined {
  const entries = Object.entries(attributes);
  if (entries.length > mostAttributes) {
    return `InvalidParameterValue: ${entries.length} attributes, at most ${mostAttributes} are taken`;
  }
  for (const [name, attribute] of entries) {
    const { type, value } = typedAttribute(attribute);
    if (!attributeName.test(name)) return `InvalidParameterValue: attribute name '${name}'`;
    if (!attributeType.test(type)) {
      return `InvalidParameterValue: attribute '${name}' is of type '${type}', expected String, Number or Binary`;
    }
    if (value.length === 0) return `InvalidParameterValue: attribute '${name}' is empty`;
    if (typeof value === 'string' && unsendable.test(value)) {
      return `InvalidMessageContents: attribute '${name}' has characters outside the allowed set`;
    }
  }
  return undefined;
}

function refusalOfDelay({ delaySeconds }: SqsMessage, fifo: boolean): string | undefined {
  if (delaySeconds === undefined) return undefined;
  if (fifo)
    return 'InvalidParameterValue: DelaySeconds of a message is no parameter of a FIFO queue';
  if (Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= maxDelaySeconds) {
    return undefined;
  }
  return `InvalidParameterValue: DelaySeconds ${delaySeconds}, expected a whole number from 0 to ${maxDelaySeconds}`;
}

function refusalOfIds(message: SqsMessage, fifo: boolean): string | undefined {
  const { groupId, deduplicationId } = message;
  if (fifo && groupId === undefined) return 'MissingParameter: MessageGroupId';
  if (fifo && deduplicationId === undefined) return 'InvalidParameterValue: MessageDeduplicationId';
  if (!fifo && deduplicationId !== undefined) {
    return 'InvalidParameterValue: MessageDeduplicationId is no parameter of a standard queue';
  }
  for (const id of [groupId, deduplicationId]) {
    if (id !== undefined && !fitsMessageGroup(id)) {
      return `InvalidParameterValue: '${id}', expected 1 to 128 letters, digits and punctuation`;
    }
  }
  return undefined;
}

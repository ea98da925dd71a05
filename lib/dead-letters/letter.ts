import { fetchPayload } from '../payloads/index.ts';
import type { BlobStore, Delivery } from '../ports/index.ts';
import {
  decodeEnvelope,
  decodeTaskMessage,
  type MessageAttributes,
  PayloadKind,
  readTaskId,
  readTaskName,
  referenceContentType,
  type TaskMessage,
  textAttribute,
  thrownText,
  withBody,
} from '../protocol/index.ts';
import { type BodyForm, decodeBody, decodeContent } from '../serializers/index.ts';

/** What a letter can be read with. */
export interface LetterReader {
  readonly acceptContent: readonly string[];
  /** Where large arguments lie. */
  readonly blobs: BlobStore | undefined;
}

/** A message that can be read, with its arguments. */
export interface LetterContent {
  readonly message: TaskMessage;
  /** How its body is written. */
  readonly form: BodyForm;
}

/** A message in a dead-letter queue. */
export interface DeadLetter {
  /** The queue's id of the letter. */
  readonly messageId: string;
  /** The queue that it goes back to. */
  readonly queue: string;
  /** The task's id and name, where they can be read. */
  readonly id: string | undefined;
  readonly task: string | undefined;
  /** Name of the error, `NotRegistered`; undefined where SQS moved the message because it was received too often. */
  readonly reason: string | undefined;
  /** The error's message. */
  readonly detail: string | undefined;
  /** When it was sent here, in milliseconds since the epoch; the time of its first sending where SQS moved it. */
  readonly sentAt: number;
  /** The call; undefined where `unreadable` says why it cannot be read. */
  readonly content: LetterContent | undefined;
  readonly unreadable: Error | undefined;
  /** As it travelled. */
  readonly body: string;
  readonly attributes: MessageAttributes;
}

/** Reads a letter as far as it can be; what is wrong with it is told, never thrown. */
export async function readLetter(
  delivery: Delivery,
  home: string,
  reader: LetterReader,
): Promise<DeadLetter> {
  const { body, attributes, messageId, sentAt } = delivery;
  return {
    messageId,
    queue: home,
    id: readTaskId(body),
    task: readTaskName(body),
    reason: textAttribute(attributes.reason),
    detail: textAttribute(attributes.detail),
    sentAt,
    ...(await readContent(body, reader)),
    body,
    attributes,
  };
}

async function readContent(
  body: string,
  reader: LetterReader,
): Promise<Pick<DeadLetter, 'content' | 'unreadable'>> {
  try {
    return { content: await decode(body, reader), unreadable: undefined };
  } catch (error) {
    const unreadable = error instanceof Error ? error : new Error(thrownText(error));
    return { content: undefined, unreadable };
  }
}

async function decode(
  text: string,
  { acceptContent, blobs }: LetterReader,
): Promise<LetterContent> {
  const envelope = decodeEnvelope(text);
  const elsewhere = envelope.contentType === referenceContentType;
  const body = elsewhere ? [[], {}, null] : decodeBody(envelope, acceptContent);
  const bare = decodeTaskMessage(envelope, body);
  const { reference } = bare;
  if (reference === null) {
    const { compression } = envelope.headers;
    return {
      message: bare,
      form: {
        serializer: envelope.contentType,
        compression: typeof compression === 'string' ? compression : null,
      },
    };
  }
  const bytes = await fetchPayload(blobs, PayloadKind.arguments, reference);
  return {
    message: withBody(bare, decodeContent(bytes, reference, acceptContent)),
    form: { serializer: reference.contentType, compression: reference.compression },
  };
}

import { EncodeError } from '../errors.ts';
import { bodyOf, type TaskMessage, type WrittenBody, writeJsonBody } from '../protocol/index.ts';
import { encodeUtf8 } from '../protocol/utf8.ts';
import { compress } from './compression.ts';
import { requireSerializer } from './serializer.ts';

/** How a body is written. */
export interface BodyForm {
  /** Name or content type of a serializer that is ready. */
  readonly serializer: string;
  /** kombu's name, or the content type, of a compression; null: none. */
  readonly compression: string | null;
}

/** Writes the body of a message. @throws EncodeError that names the place of what cannot be written */
export function writeBody(message: TaskMessage, form: BodyForm): WrittenBody {
  const body = isJson(form) ? writeJsonBody(message) : serialize(message, form);
  if (form.compression === null) return body;
  const { bytes, contentType } = compress(bodyBytes(body), form.compression);
  return { ...body, content: bytes, compression: contentType };
}

/** A body's content as bytes. */
export function bodyBytes({ content }: WrittenBody): Uint8Array {
  return bytesOf(content);
}

export function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? encodeUtf8(content) : content;
}

function isJson({ serializer }: BodyForm): boolean {
  return serializer === 'json' || serializer === 'application/json';
}

function serialize(message: TaskMessage, form: BodyForm): WrittenBody {
  const serializer = requireSerializer(form.serializer);
  const { contentType, contentEncoding } = serializer;
  try {
    const content = serializer.encode(bodyOf(message));
    return { content, contentType, contentEncoding, compression: null };
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    throw new EncodeError(error.message.replace(/\$\[([012])\]/, nameOfPart), { cause: error });
  }
}

function nameOfPart(_: string, index: string): string {
  return ['args', 'kwargs', 'embed'][Number(index)] ?? '';
}

import { ContentDisallowed, DecodeError } from '../errors.ts';
import { type Envelope, envelopeBody } from '../protocol/index.ts';
import { decompress } from './compression.ts';
import { readySerializer, type Serializer } from './serializer.ts';

/** What says how a body is written. */
export interface ContentForm {
  readonly contentType: string;
  /** Content type of the compression; absent or null: none. */
  readonly compression?: unknown;
}

/**
 * Reads an envelope's body, after what it is written in was found acceptable. Pickle never is: reading it runs code.
 *
 * @param acceptContent As Celery's `accept_content`: short names (`json`) or content types, of serializers that are ready.
 * @throws ContentDisallowed before anything of the body is looked at.
 * @throws DecodeError when it cannot be decompressed or parsed.
 */
export function decodeBody(envelope: Envelope, acceptContent: readonly string[]): unknown {
  const { contentType, headers } = envelope;
  const form = { contentType, compression: headers.compression };
  checkContent(contentType, acceptContent);
  return decodeContent(envelopeBody(envelope), form, acceptContent);
}

/** Reads a body that was taken out of its envelope. Throws as {@link decodeBody}. */
export function decodeContent(
  body: Uint8Array | string,
  form: ContentForm,
  acceptContent: readonly string[],
): unknown {
  const serializer = checkContent(form.contentType, acceptContent);
  const compression = form.compression ?? null;
  if (compression === null) return serializer.decode(body);
  if (typeof compression !== 'string' || typeof body === 'string') {
    throw new DecodeError(
      `Not a Celery message: header "compression" needs a content type, and a body in base64; got ${JSON.stringify(compression)} and ${typeof body === 'string' ? 'text' : 'base64'}`,
    );
  }
  return serializer.decode(decompress(body, compression));
}

/** The serializer of an acceptable content type. @throws ContentDisallowed */
export function checkContent(contentType: string, acceptContent: readonly string[]): Serializer {
  const serializer = readySerializer(contentType);
  const isAccepted =
    serializer?.contentType === contentType &&
    (acceptContent.includes(serializer.name) || acceptContent.includes(contentType));
  if (!isAccepted) throw new ContentDisallowed(contentType, acceptContent);
  return serializer;
}

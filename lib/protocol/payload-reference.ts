import { DecodeError } from '../errors.ts';
import { isObject, kindOf } from './envelope.ts';
import { MessageFields } from './message-fields.ts';

/** Where bytes lie that did not fit, and how to know them. */
export interface BlobReference {
  /** `s3://bucket/arguments/35d/<uuid>` */
  readonly uri: string;
  /** Of the bytes, in hex. */
  readonly sha256: string;
  /** How many bytes. */
  readonly bytes: number;
  /** Unix seconds until which they are certainly kept; null: for ever. */
  readonly until: number | null;
}

/** Where the body of a message lies, and what it is written in. */
export interface PayloadReference extends BlobReference {
  readonly contentType: string;
  readonly contentEncoding: string;
  /** Content type of the compression; null: none. */
  readonly compression: string | null;
  /** The body says what follows the task: whoever ends it needs the body, though it does not run. */
  readonly follows: boolean;
}

/**
 * Content type of a message whose body lies elsewhere. Nobody else accepts it, so that a worker that cannot follow
 * references refuses the message instead of running it without arguments.
 */
export const referenceContentType = 'application/vnd.celery-aws.reference';

/** The header of such a message. A value that looks like it, anywhere else, is data. */
export const referenceHeader = 'payload_reference';

/** As it stands in a header or an attribute. */
export function encodeReference(reference: BlobReference | PayloadReference): object {
  const { uri, sha256, bytes, until } = reference;
  if (!('contentType' in reference)) return { uri, sha256, bytes, until };
  const { contentType, contentEncoding, compression, follows } = reference;
  return {
    ...{ uri, sha256, bytes, until },
    ...{ content_type: contentType, content_encoding: contentEncoding, compression },
    ...(follows && { follows }),
  };
}

/** @throws DecodeError that says which part is not as expected */
export function decodeBlobReference(value: unknown): BlobReference {
  if (!isObject(value)) {
    throw new DecodeError(`Not a reference to a payload: expected an object, got ${kindOf(value)}`);
  }
  const fields = new MessageFields(value, referenceHeader);
  return {
    uri: fields.required('uri'),
    sha256: fields.required('sha256'),
    bytes: fields.count('bytes'),
    until: fields.integer('until'),
  };
}

/** @throws DecodeError that says which part is not as expected */
export function decodePayloadReference(value: unknown): PayloadReference {
  const reference = decodeBlobReference(value);
  const fields = new MessageFields(value as Record<string, unknown>, referenceHeader);
  return {
    ...reference,
    contentType: fields.required('content_type'),
    contentEncoding: fields.text('content_encoding') ?? 'utf-8',
    compression: fields.text('compression'),
    follows: (value as Record<string, unknown>).follows === true,
  };
}

import { DecodeError } from '../errors.ts';
import {
  decodeGroupDocument,
  decodeGroupMembers,
  decodeResultMembers,
  encodeGroupDocument,
  encodeResultDocument,
  groupMembers,
  type ResultDocument,
  type ResultTuple,
  resultMembers,
} from '../protocol/index.ts';
import { encodeUtf8 } from '../protocol/utf8.ts';
import { compress, decompress } from './compression.ts';
import { requireSerializer } from './serializer.ts';
import { bytesOf } from './write-body.ts';

/** How results are written. Writers and readers have to agree on the serializer: documents do not tell it. */
export interface StorageForm {
  /** Name of the serializer, which must be ready. @see Celery's `result_serializer` */
  readonly resultSerializer: string;
  /** kombu's name of a compression; null: none. Readers need not know. @see Celery's `result_compression` */
  readonly resultCompression: string | null;
}

/** What a reader has to know. */
type ReadForm = Pick<StorageForm, 'resultSerializer'>;

const json: ReadForm = { resultSerializer: 'json' };

/** What `result_compression` puts in front: marker, content type, NUL. @see celery.backends.base.decompress_payload */
const marker: Uint8Array = encodeUtf8('\0celery-compressed\0');

/** Writes a result document as it is stored. @throws EncodeError */
export function encodeStoredDocument(
  document: ResultDocument,
  { resultSerializer, resultCompression }: StorageForm,
): Uint8Array {
  const bytes =
    resultSerializer === 'json'
      ? encodeResultDocument(document)
      : bytesOf(requireSerializer(resultSerializer).encode(resultMembers(document)));
  return pack(bytes, resultCompression);
}

/** Writes a saved group's document as it is stored. @throws EncodeError */
export function encodeStoredGroup(
  group: ResultTuple,
  { resultSerializer, resultCompression }: StorageForm,
): Uint8Array {
  const bytes =
    resultSerializer === 'json'
      ? encodeGroupDocument(group)
      : bytesOf(requireSerializer(resultSerializer).encode(groupMembers(group)));
  return pack(bytes, resultCompression);
}

/** Reads a result document as it is stored, compressed or not. @throws DecodeError */
export function decodeStoredDocument(bytes: Uint8Array, form: ReadForm = json): ResultDocument {
  return decodeResultMembers(decode(bytes, form));
}

/** Reads a saved group's document as it is stored, compressed or not. @throws DecodeError */
export function decodeStoredGroup(bytes: Uint8Array, form: ReadForm = json): ResultTuple {
  return form.resultSerializer === 'json'
    ? decodeGroupDocument(unpack(bytes))
    : decodeGroupMembers(decode(bytes, form));
}

function decode(bytes: Uint8Array, { resultSerializer }: ReadForm): unknown {
  return requireSerializer(resultSerializer).decode(unpack(bytes));
}

function pack(bytes: Uint8Array, compression: string | null): Uint8Array {
  if (compression === null) return bytes;
  const packed = compress(bytes, compression);
  return Buffer.concat([marker, encodeUtf8(`${packed.contentType}\0`), packed.bytes]);
}

function unpack(bytes: Uint8Array): Uint8Array {
  // No JSON and no YAML begins with NUL, and no map of MessagePack does.
  if (bytes[0] !== 0 || !marker.every((byte, index) => bytes[index] === byte)) return bytes;
  const end = bytes.indexOf(0, marker.length);
  if (end < 0)
    throw new DecodeError('A compressed result document ends before its content type does');
  const contentType = new TextDecoder().decode(bytes.subarray(marker.length, end));
  return decompress(bytes.subarray(end + 1), contentType);
}

/** The serializer that a document looks to be written by, where its writer cannot be asked: a Python worker's setting. */
export function guessSerializer(bytes: Uint8Array): string {
  const [first = 0] = unpack(bytes);
  if (first === 0x7b) return 'json';
  // A map of MessagePack: of up to 15 members, of up to 65,535.
  return (first >= 0x80 && first <= 0x8f) || first === 0xde ? 'msgpack' : 'yaml';
}

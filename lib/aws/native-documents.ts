import { DecodeError } from '../errors.ts';
import type { NativeRecord } from '../ports/index.ts';
import { canvasKey, stepsPerChunk } from '../protocol/canvas-keys.ts';
import { encodeChordDocument, encodeSteps } from '../protocol/index.ts';
import { type Item, number } from './item.ts';

/** A document is packed, and split where it is larger than an item may be: 400 KiB with its key and attributes. */
const largestPieceBytes = 350_000;
/** What a document may unpack to, so that no item can fill the memory. */
const largestTextBytes = 256 * 1024 * 1024;

/** Names the documents of one id. */
export const chordDocument = 'chord';

/** The document that holds the step of this index. */
export function stepsDocument(index: number): string {
  return `steps#${Math.floor(index / stepsPerChunk)}`;
}

/** Key of a piece of a document. */
export function pieceKey(id: string, document: string, piece: number): Item {
  return { pk: { S: canvasKey(id) }, sk: { S: `${document}#${piece}` } };
}

/** Every item of a record. @throws EncodeError */
export function itemsOf(record: NativeRecord): Item[] {
  const { expiresAt } = record;
  if (record.kind === 'chord') {
    return piecesOf(record.groupId, chordDocument, encodeChordDocument(record), expiresAt);
  }
  const { id, steps } = record;
  const chunks = Array.from({ length: Math.ceil(steps.length / stepsPerChunk) }, (_, chunk) =>
    steps.slice(chunk * stepsPerChunk, (chunk + 1) * stepsPerChunk),
  );
  return chunks.flatMap((chunk, index) =>
    piecesOf(id, stepsDocument(index * stepsPerChunk), encodeSteps(chunk), expiresAt),
  );
}

/** How many pieces the document has, by its first one. */
export function pieceCount({ pieces }: Item): number {
  return Number(pieces?.N ?? 1);
}

/** The text of a document from its pieces, in order. @throws DecodeError */
export function unpack(pieces: readonly Item[]): string {
  const bytes = Buffer.concat(pieces.map(({ data }) => data?.B ?? new Uint8Array()));
  try {
    return zlib().inflateSync(bytes, { maxOutputLength: largestTextBytes }).toString();
  } catch (cause) {
    throw new DecodeError(`A stored part of a canvas cannot be unpacked: ${cause}`, { cause });
  }
}

function piecesOf(id: string, document: string, text: string, expiresAt: number): Item[] {
  const packed = zlib().deflateSync(text);
  const count = Math.ceil(packed.byteLength / largestPieceBytes);
  return Array.from({ length: count }, (_, piece) => ({
    ...pieceKey(id, document, piece),
    data: { B: packed.subarray(piece * largestPieceBytes, (piece + 1) * largestPieceBytes) },
    pieces: number(count),
    ttl: number(expiresAt),
  }));
}

/** Loaded when first needed: most workers never meet one. */
function zlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib');
}

import { createHash } from 'node:crypto';
import { PayloadError } from '../errors.ts';
import type { BlobStore, Clock, Random } from '../ports/index.ts';
import {
  type BlobReference,
  isPayloadKey,
  type PayloadKind,
  placePayload,
} from '../protocol/index.ts';

/** What payloads are put away with. */
export interface PayloadTools {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Puts bytes away under a new random key, in the shortest lifetime that lasts until then.
 *
 * @param neededUntil Unix seconds; null: for ever.
 * @throws OperationalError
 */
export async function storePayload(
  { blobs, clock, random }: PayloadTools,
  kind: PayloadKind,
  bytes: Uint8Array,
  neededUntil: number | null,
): Promise<BlobReference> {
  const { key, until } = placePayload(kind, neededUntil, clock.now() / 1000, random.uuid());
  await blobs.put(key, bytes);
  return { uri: blobs.location + key, sha256: sha256(bytes), bytes: bytes.byteLength, until };
}

/**
 * Gets the bytes of a reference, and checks that they are the ones it speaks of.
 *
 * @throws PayloadError when it leads elsewhere, or the bytes are gone or others
 * @throws OperationalError when the store cannot be asked
 */
export async function fetchPayload(
  blobs: BlobStore | undefined,
  kind: PayloadKind,
  reference: BlobReference,
): Promise<Uint8Array> {
  const { store, key } = checkPlace(blobs, kind, reference);
  const bytes = await store.get(key);
  const { uri, sha256: expected } = reference;
  if (bytes === undefined) {
    throw new PayloadError(`The payload at ${uri} is gone: it expired, or somebody deleted it`);
  }
  if (bytes.byteLength !== reference.bytes || sha256(bytes) !== expected) {
    throw new PayloadError(
      `The payload at ${uri} is not the one that was put there: expected ${reference.bytes} bytes with sha256 ${expected}, ` +
        `got ${bytes.byteLength} with ${sha256(bytes)}`,
    );
  }
  return bytes;
}

/** Deletes the bytes of a reference. @throws PayloadError when it leads elsewhere, OperationalError */
export async function deletePayload(
  blobs: BlobStore | undefined,
  kind: PayloadKind,
  reference: BlobReference,
): Promise<void> {
  const { store, key } = checkPlace(blobs, kind, reference);
  await store.delete(key);
}

/**
 * Whether a reference leads to where this application keeps such payloads: whoever can write a message must not be able to
 * have a worker read something else.
 *
 * @throws PayloadError
 */
export function checkPlace(
  blobs: BlobStore | undefined,
  kind: PayloadKind,
  { uri }: BlobReference,
): { readonly store: BlobStore; readonly key: string } {
  if (blobs === undefined) {
    throw new PayloadError(
      `A payload lies at ${uri}, and this process has no place for payloads: CELERY_ENDPOINTS names no "blobBucket". ` +
        'Set largePayloads: true on its CeleryApp, and deploy.',
    );
  }
  const key = uri.slice(blobs.location.length);
  if (uri.startsWith(blobs.location) && isPayloadKey(kind, key)) return { store: blobs, key };
  throw new PayloadError(
    `Refusing a payload at ${uri}: this application keeps ${kind} under ${blobs.location}${kind}/`,
  );
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

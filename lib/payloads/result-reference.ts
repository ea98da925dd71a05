import {
  type BlobReference,
  decodeBlobReference,
  encodeReference,
  parseJson,
} from '../protocol/index.ts';

/** A reference as text, for an item's attribute. */
export function referenceText(reference: BlobReference): string {
  return JSON.stringify(encodeReference(reference));
}

/** @throws DecodeError */
export function parseReference(text: string): BlobReference {
  return decodeBlobReference(parseJson(text));
}

/** A byte that begins no UTF-8 text and no value of MessagePack. */
const unreadable = 0xc1;

/**
 * The document beside an attribute that tells where the real one lies. Readers that know nothing of the attribute have to
 * fail: JSON readers at an unknown `__type__`, others at the first byte.
 *
 * @see kombu.utils.json.object_hook
 */
export function standIn(
  { taskId, status }: { readonly taskId: string; readonly status: string },
  reference: BlobReference,
  serializer: string,
): Uint8Array {
  const result = { __type__: 'celery-aws.payload', __value__: encodeReference(reference) };
  const text = JSON.stringify({ status, result, task_id: taskId });
  return Buffer.concat([
    Uint8Array.from(serializer === 'json' ? [] : [unreadable]),
    Buffer.from(text),
  ]);
}

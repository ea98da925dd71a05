import { fetchPayload, parseReference } from '../payloads/index.ts';
import type { BlobStore, StoredResult } from '../ports/index.ts';
import {
  decodeException,
  isFinal,
  PayloadKind,
  type ResultDocument,
  TaskState,
} from '../protocol/index.ts';
import { decodeStoredDocument, loadSerializer } from '../serializers/index.ts';

/** What is known of a task at one moment. */
export interface Snapshot {
  readonly document: ResultDocument;
  /** The task ended: no later look tells anything else. */
  readonly final: boolean;
  /** The task's value, the meta of a state that is not final, or the error of one that failed or threw `Ignore`. */
  readonly result: unknown;
}

/** States whose result is an exception object. @see celery.states.EXCEPTION_STATES */
const exceptionStates: ReadonlySet<string> = new Set<string>([
  TaskState.FAILURE,
  TaskState.RETRY,
  TaskState.REVOKED,
]);

/** States that say the task asked for none. @see celery.result.EagerResult.get */
const untold: ReadonlySet<string> = new Set<string>([TaskState.IGNORED, TaskState.REJECTED]);

/** Whether the task threw `Ignore` or `Reject`: it ended, with neither a value nor a failure. Of eager runs alone. */
export function hasNoOutcome({ document }: Snapshot): boolean {
  return untold.has(document.status);
}

/** What documents are read with. */
export interface DocumentReader {
  /** Asked for at the first document that is too large for its item. */
  readonly blobs: () => Promise<BlobStore | undefined>;
  /** @see Celery's `result_serializer` */
  readonly serializer: string;
}

/**
 * The document of an item, from wherever it lies.
 *
 * @throws DecodeError; PayloadError and OperationalError for a document that lies elsewhere
 */
export async function readDocument(
  stored: StoredResult,
  { blobs, serializer }: DocumentReader,
): Promise<ResultDocument> {
  if (stored.malformed) throw stored.malformed;
  const payload = stored.own?.payload;
  const bytes =
    payload === undefined
      ? stored.document
      : await fetchPayload(await blobs(), PayloadKind.results, parseReference(payload));
  await loadSerializer(serializer);
  return decodeStoredDocument(bytes, { resultSerializer: serializer });
}

/** @throws DecodeError, PayloadError, OperationalError */
export async function readSnapshot(
  stored: StoredResult,
  reader: DocumentReader,
): Promise<Snapshot> {
  const document = await readDocument(stored, reader);
  const { status, result, traceback } = document;
  return {
    document,
    final: isFinal(status),
    result: exceptionStates.has(status) ? decodeException(result, traceback) : result,
  };
}

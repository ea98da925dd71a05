import { referenceText, standIn, storePayload } from '../payloads/index.ts';
import type { BlobStore, ResultWrite } from '../ports/index.ts';
import { PayloadKind } from '../protocol/index.ts';
import type { StateWrite } from './store-state.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

/** Where a document goes that an item cannot hold, or is not to; undefined: into the item. */
export function placeBesides(
  { adapters, app }: WorkerRuntime,
  { document, retry }: StateWrite,
): BlobStore | undefined {
  const { largePayloads } = app.conf;
  const { blobs, results } = adapters;
  if (!blobs || !largePayloads) return undefined;
  const room = results.maxDocumentBytes - Buffer.byteLength(retry?.text ?? '');
  const limit = Math.min(room, largePayloads.resultBytes ?? room);
  return document.byteLength > limit ? blobs : undefined;
}

/**
 * What an item is to hold instead of its document: one that stands in for it, and where it was put. Put first, so that
 * whoever finds the item finds the document.
 *
 * @throws OperationalError
 */
export async function putDocumentAway(
  { app, clock, random }: WorkerRuntime,
  blobs: BlobStore,
  taskId: string,
  { document, status, retry }: StateWrite,
): Promise<Pick<ResultWrite, 'document' | 'payload'>> {
  const { resultSerializer, resultExpires } = app.conf;
  const neededFrom = Math.max(clock.now(), retry?.eta ?? 0) / 1000;
  const neededUntil = resultExpires === null ? null : Math.ceil(neededFrom + resultExpires);
  const tools = { blobs, clock, random };
  const reference = await storePayload(tools, PayloadKind.results, document, neededUntil);
  return {
    document: standIn({ taskId, status }, reference, resultSerializer),
    payload: referenceText(reference),
  };
}

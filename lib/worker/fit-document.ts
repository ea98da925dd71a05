import { referenceText, standIn, storePayload } from '../payloads/index.ts';
import type { ResultWrite } from '../ports/index.ts';
import { PayloadKind } from '../protocol/index.ts';
import type { StateWrite } from './store-state.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

/**
 * What an item is to hold: the document or, where that is too large, one that stands in for it, and where it was put.
 * Put first, so that whoever finds the item finds the document.
 *
 * @throws OperationalError
 */
export async function fitDocument(
  { adapters, app, clock, random }: WorkerRuntime,
  taskId: string,
  { document, status, retry }: StateWrite,
): Promise<Pick<ResultWrite, 'document' | 'payload'>> {
  const { largePayloads, resultSerializer, resultExpires } = app.conf;
  const { blobs, results } = adapters;
  const room = results.maxDocumentBytes - Buffer.byteLength(retry?.text ?? '');
  const limit = largePayloads ? Math.min(room, largePayloads.resultBytes ?? room) : room;
  if (document.byteLength <= limit || !blobs || !largePayloads) return { document };
  const neededFrom = Math.max(clock.now(), retry?.eta ?? 0) / 1000;
  const neededUntil = resultExpires === null ? null : Math.ceil(neededFrom + resultExpires);
  const tools = { blobs, clock, random };
  const reference = await storePayload(tools, PayloadKind.results, document, neededUntil);
  return {
    document: standIn({ taskId, status }, reference, resultSerializer),
    payload: referenceText(reference),
  };
}

import { DecodeError } from '../errors.ts';
import type { OwnState, ResultWrite, StoredResult } from '../ports/index.ts';
import type { Item } from './item.ts';
import { readLease } from './lease-expression.ts';

/**
 * Reads a result item, whoever wrote it. One without `result` (B) and `timestamp` (N) is malformed: no Celery reads it
 * either, and it must not take others that were read with it along.
 */
export function readResultItem(taskId: string, item: Item): StoredResult {
  const document = item.result?.B;
  const timestamp = item.timestamp?.N;
  if (document === undefined || timestamp === undefined) {
    return malformed(taskId, item);
  }
  return { taskId, document, timestamp, own: readOwnState(item) };
}

/** Its timestamp is one that no item has, so that no write takes it for an item by Python. */
function malformed(taskId: string, item: Item): StoredResult {
  const error = new DecodeError(
    `The item of task ${taskId} is no result: expected attributes 'result' (B) and 'timestamp' (N), ` +
      `found ${Object.keys(item).join(', ')}. Delete it, or find out who writes to this table.`,
  );
  const document = new Uint8Array();
  return { taskId, document, timestamp: '-1', own: undefined, malformed: error };
}

/** Our own attributes. A Python worker puts whole items, so that none of them is left. */
function readOwnState({
  status,
  attempt,
  generation,
  dead,
  retry,
  payload,
  lease,
}: Item): OwnState | undefined {
  if (status?.S === undefined) return undefined;
  return {
    status: status.S,
    attempt: Number(attempt?.N ?? 0),
    generation: Number(generation?.N ?? 0),
    dead: dead?.N === undefined ? undefined : Number(dead.N),
    retry: retry?.S,
    payload: payload?.S,
    lease: readLease(lease),
  };
}

/** Whether this very write made the item. */
export function isWrittenBy(item: Item, { token }: ResultWrite): boolean {
  return item.token?.S === token;
}

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DecodeError } from '../errors.ts';
import type { OwnState, ResultWrite, StoredResult } from '../ports/index.ts';

/** An item as DynamoDB speaks of it. */
export type Item = Record<string, AttributeValue>;

/** Whether the item's `ttl` is past. DynamoDB deletes such items late, up to days. */
export function isExpired({ ttl }: Item, nowSeconds: number): boolean {
  return ttl?.N !== undefined && Number(ttl.N) < nowSeconds;
}

/**
 * Reads a result item, whoever wrote it.
 *
 * @throws DecodeError when it is none: without `result` (B) and `timestamp` (N) no Celery reads it either
 */
export function readResultItem(taskId: string, item: Item): StoredResult {
  const document = item.result?.B;
  const timestamp = item.timestamp?.N;
  if (document === undefined || timestamp === undefined) {
    throw new DecodeError(
      `The item of task ${taskId} is no result: expected attributes 'result' (B) and 'timestamp' (N), ` +
        `found ${Object.keys(item).join(', ')}. Delete it, or find out who writes to this table.`,
    );
  }
  return { taskId, document, timestamp, own: readOwnState(item) };
}

/** Our own attributes. A Python worker puts whole items, so that none of them is left. */
function readOwnState({
  status,
  attempt,
  generation,
  dead,
  retry,
  payload,
}: Item): OwnState | undefined {
  if (status?.S === undefined) return undefined;
  return {
    status: status.S,
    attempt: Number(attempt?.N ?? 0),
    generation: Number(generation?.N ?? 0),
    dead: dead?.N === undefined ? undefined : Number(dead.N),
    retry: retry?.S,
    payload: payload?.S,
  };
}

/** Whether this very write made the item. */
export function isWrittenBy(item: Item, { token }: ResultWrite): boolean {
  return item.token?.S === token;
}

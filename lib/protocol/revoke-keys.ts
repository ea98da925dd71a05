import { createHash } from 'node:crypto';
import { stringifyJson } from './json.ts';

/** What all keys of revokes begin with: producers may write these items of the state table, beside native canvas and unique claims. */
export const revokeKeyPrefix = 'revoke#';

/** DynamoDB's limit is 2,048 bytes; readable keys are kept, long ones hashed. */
const longestKeyBytes = 1024;

/** Key under which a task is revoked by its id. */
export function taskRevokeKey(taskId: string): string {
  return shortened(`${revokeKeyPrefix}task#${taskId}`);
}

/** Key under which all tasks with this stamp are revoked. */
export function stampRevokeKey({
  header,
  value,
}: {
  readonly header: string;
  readonly value: unknown;
}): string {
  return shortened(`${revokeKeyPrefix}stamp#${stringifyJson([header, value])}`);
}

/** Every key under which a task may be revoked. */
export function revokeKeysOf({
  taskId,
  stamps,
}: {
  readonly taskId: string;
  readonly stamps: readonly { readonly header: string; readonly value: unknown }[];
}): string[] {
  return [taskRevokeKey(taskId), ...stamps.map(stampRevokeKey)];
}

function shortened(key: string): string {
  if (key.length * 3 <= longestKeyBytes || Buffer.byteLength(key) <= longestKeyBytes) return key;
  return `${revokeKeyPrefix}sha256#${createHash('sha256').update(key).digest('hex')}`;
}

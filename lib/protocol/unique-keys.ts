import { createHash } from 'node:crypto';

/** What all keys of unique claims begin with: producers may update these items of the state table, beside revokes and native canvas. */
export const uniqueKeyPrefix = 'unique#';

/** Key of a claim: of any length and at times personal, so it is hashed. */
export function uniqueKey(task: string, key: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([task, key]))
    .digest('hex');
  return `${uniqueKeyPrefix}${digest}`;
}

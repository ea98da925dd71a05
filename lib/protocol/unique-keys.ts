import { createHash } from 'node:crypto';

/** What all keys of unique claims begin with: what producers may update of the state table, and no more. */
export const uniqueKeyPrefix = 'unique#';

/** Key of a claim: of any length and at times personal, so it is hashed. */
export function uniqueKey(task: string, key: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([task, key]))
    .digest('hex');
  return `${uniqueKeyPrefix}${digest}`;
}

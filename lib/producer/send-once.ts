import type { Clock, UniqueClaims } from '../ports/index.ts';
import type { UniqueOption } from './publish-options.ts';

/** A call that is sent unless its key's task is there already. */
export interface UniqueCall {
  readonly task: string;
  readonly taskId: string;
  readonly unique: UniqueOption;
  /** Sends it under this id. */
  readonly send: (taskId: string) => Promise<void>;
}

/**
 * Claims, sends, and marks as sent: two writes. A caller that dies in between leaves a claim, which the next one
 * completes under the same id, so that there are never two tasks.
 *
 * @returns The id of the key's task.
 * @throws OperationalError: it may have been sent; to call again is safe, and sends it if it was not
 */
export async function sendOnce(
  { task, taskId, unique, send }: UniqueCall,
  claims: UniqueClaims,
  clock: Clock,
): Promise<string> {
  const key = { task, key: unique.key };
  const expiresAt = Math.ceil(clock.now() / 1000 + unique.ttl);
  const claim = await claims.claim(key, { taskId, expiresAt });
  if (!claim.send) return claim.taskId;
  try {
    await send(claim.taskId);
  } catch (error) {
    // Where this fails too, the claim lapses by itself: what the caller must hear is why the call was not sent.
    await claims.giveUp(key, claim.taskId).catch(() => {});
    throw error;
  }
  await claims.markSent(key, claim.taskId);
  return claim.taskId;
}

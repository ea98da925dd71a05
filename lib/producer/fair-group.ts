import { createHash } from 'node:crypto';
import { ImproperlyConfigured } from '../errors.ts';
import { isFifoQueue } from '../protocol/sqs-limits.ts';
import { fitsMessageGroup } from '../protocol/sqs-refusal.ts';
import type { PublishRequest } from './publication.ts';
import type { Target } from './target.ts';

/**
 * The message group of a call with a fairness key: on a standard queue SQS lets no group's backlog hold up the others.
 *
 * @throws ImproperlyConfigured on FIFO, where a group means order and would be another one than its producers keep
 */
export function fairGroupOf(
  { task, options: { fairnessKey } }: PublishRequest,
  { places }: Pick<Target, 'places'>,
): string | undefined {
  if (fairnessKey === undefined) return undefined;
  const fifo = places.find(isFifoQueue);
  if (fifo === undefined) return fairGroup(fairnessKey);
  throw new ImproperlyConfigured(
    `A call of ${task} has a fairnessKey, but '${fifo}' is FIFO, where groups keep an order. ` +
      'Give it a messageGroupId, or send it to a standard queue.',
  );
}

/** The message group of a fairness key: the key itself or, where SQS takes it as none, its SHA-256 in hex. */
export function fairGroup(fairnessKey: string): string {
  if (fitsMessageGroup(fairnessKey)) return fairnessKey;
  return createHash('sha256').update(fairnessKey).digest('hex');
}

import type { Celery } from '../lib/app/index.ts';
import {
  type DeadLetter,
  type DeadLettersOptions,
  deadLetters,
  type LetterChanges,
} from '../lib/dead-letters/index.ts';
import { ImproperlyConfigured } from '../lib/errors.ts';
import { queueOfLane } from '../lib/protocol/index.ts';

/** What is done with the letters that are picked. */
export interface LetterWork {
  readonly verb: 'list' | 'retry' | 'edit' | 'drop';
  readonly picks: (letter: DeadLetter) => boolean;
  /** For edit. */
  readonly changes: LetterChanges;
  /** Letters looked at in a queue. */
  readonly limit: number;
}

/** Who hears of it, and may end it. */
export interface LetterWatch extends Required<Pick<DeadLettersOptions, 'observe' | 'signal'>> {
  readonly report: (line: string) => void;
}

/**
 * Does it in this queue, else in all. Queues may share a dead-letter queue, which is looked at once.
 *
 * @throws ImproperlyConfigured for a queue without dead letters, EncodeError for changes that cannot be made,
 * OperationalError; what `observe` heard of is done
 */
export async function workOnLetters(
  app: Celery,
  queue: string | undefined,
  work: LetterWork,
  watch: LetterWatch,
): Promise<void> {
  const { broker } = await app.adapters();
  const all = broker.queues().map((name) => queueOfLane(name, broker.lanes));
  const names = queue === undefined ? [...new Set(all)] : [queue];
  const byDeadLetterQueue = new Map(
    names
      .toReversed()
      .map((name) => [broker.deadLetterQueue(name), name] as const)
      .filter(([dead]) => dead !== undefined || queue !== undefined),
  );
  if (byDeadLetterQueue.size === 0) {
    throw new ImproperlyConfigured('No queue that CELERY_ENDPOINTS lists has a dead-letter queue');
  }
  for (const name of [...byDeadLetterQueue.values()].reverse()) {
    if (watch.signal.aborted) return;
    await inQueue(app, name, work, watch);
  }
}

async function inQueue(
  app: Celery,
  queue: string,
  { verb, picks, changes, limit }: LetterWork,
  { signal, report, observe }: LetterWatch,
): Promise<void> {
  const letters = deadLetters(app, queue, { limit, signal, observe });
  let looked = 0;
  const which = (letter: DeadLetter) => {
    looked++;
    return picks(letter);
  };
  if (verb === 'list') await letters.list(which);
  else if (verb === 'drop') await letters.drop(which);
  else await letters.sendBack(which, () => changes);
  if (looked >= limit) {
    report(`Looked at ${limit} letters of queue ${queue}; there may be more: see --limit.`);
  }
}

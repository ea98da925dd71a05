import { parseIsoDate } from '../protocol/index.ts';
import { type Draft, isChain, isChord, isGroup } from './draft.ts';
import { givenOptions, type Options } from './merge-call.ts';

/**
 * When the last part of a signature starts whose start is known, were each step over at once; null: by then already.
 *
 * @param given Options over its own.
 * @param from In ms.
 */
export function latestEta(draft: Draft, given: Options, from: number): Date | null {
  const start = latestStart(draft, given, from);
  return start > from ? new Date(start) : null;
}

function latestStart(draft: Draft, given: Options, from: number): number {
  const options = { ...draft.options, ...givenOptions(given) };
  const delay = { countdown: options.countdown, eta: options.eta };
  if (isGroup(draft)) {
    return draft.kwargs.tasks.reduce(
      (latest, task) => Math.max(latest, latestStart(task, delay, from)),
      from,
    );
  }
  if (isChain(draft)) {
    return draft.kwargs.tasks.reduce(
      (start, task, index) => latestStart(task, index === 0 ? delay : {}, start),
      from,
    );
  }
  if (isChord(draft)) {
    return latestStart(draft.kwargs.body, {}, latestStart(draft.kwargs.header, delay, from));
  }
  return startOf(options, from);
}

/** Celery takes a countdown before an eta. */
function startOf({ countdown, eta }: Options, from: number): number {
  if (typeof countdown === 'number') return from + countdown * 1000;
  if (eta === null || eta === undefined) return from;
  return Math.max(from, (eta instanceof Date ? eta : parseIsoDate(String(eta))).getTime());
}

import type { Broker } from '../lib/ports/index.ts';
import { laneNames } from '../lib/protocol/index.ts';
import { UsageError } from './command.ts';

/**
 * The queues that `-Q` names, each with all its lanes, the highest first; the name of a lane means that lane alone (of the
 * lowest, which is named as the queue, there is no such name). Without a list all queues there are.
 *
 * @throws UsageError for a queue that is not there
 */
export function chooseQueues(
  list: string | undefined,
  { known, lanes = new Map() }: { readonly known: readonly string[] } & Pick<Broker, 'lanes'>,
): string[] {
  if (list === undefined) return [...known];
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(
      `Unknown queue ${unknown.map((name) => `'${name}'`).join(', ')}; CELERY_ENDPOINTS lists ${known.join(', ')}`,
    );
  }
  const withLanes = names.flatMap((name) => {
    const starts = lanes.get(name);
    return starts ? laneNames(name, starts) : [name];
  });
  return [...new Set(withLanes)];
}

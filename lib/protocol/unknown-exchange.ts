import { ImproperlyConfigured } from '../errors.ts';
import { nearestName } from './nearest-name.ts';

/** For a name that no exchange of a kind has: what there is, the nearest first. */
export function unknownExchange(
  kind: 'exchange' | 'fanout exchange',
  name: string,
  known: readonly string[],
  wayOut: string,
): ImproperlyConfigured {
  const nearest =
    known.length > 0 ? `; the nearest known one is '${nearestName(name, known)}'` : '';
  return new ImproperlyConfigured(
    `There is no ${kind} '${name}'${nearest}. Known are: ${known.join(', ') || 'none'}. ${wayOut}`,
  );
}

/** What to do about a missing fanout exchange. */
export const fanoutWayOut: string =
  "On AWS a fanout exchange is an SNS topic: name it in 'broadcasts' of CeleryApp; in process, in the setting taskQueues.";

import type { Broker, Fanout } from '../ports/index.ts';
import { fanoutWayOut, unknownExchange } from '../protocol/unknown-exchange.ts';
import type { Publication, PublishRequest } from './publication.ts';

/** An empty batch sends nothing, and tells whether there is such a queue. @throws QueueNotFound */
export async function checkQueues(
  broker: Broker,
  publications: readonly Publication[],
): Promise<void> {
  const queues = new Set(publications.flatMap((publication) => publication.queues));
  for (const queue of queues) await broker.sendBatch(queue, []);
}

/** @throws ImproperlyConfigured that names the nearest exchange, where the engine has none of that name */
export function checkExchanges(
  requests: readonly PublishRequest[],
  fanout: Fanout | undefined,
): void {
  const known = fanout?.exchanges() ?? [];
  for (const { exchange } of requests) {
    if (exchange === undefined || exchange.fanout === false) continue;
    if (known.includes(exchange.exchange)) continue;
    if (exchange.fanout) {
      throw unknownExchange('fanout exchange', exchange.exchange, known, fanoutWayOut);
    }
    throw unknownExchange(
      'exchange',
      exchange.exchange,
      [...new Set([...exchange.declared, ...known])],
      `Queues are bound to direct and topic exchanges by the setting taskQueues. ${fanoutWayOut}`,
    );
  }
}

/**
 * Sends one message to more than one queue. It is one task id on all of them; a send that is rejected may have reached
 * some.
 *
 * @throws QueueNotFound before anything is sent; OperationalError
 */
export async function sendCopies(
  publication: Publication,
  broker: Broker,
  fanout: Fanout | undefined,
): Promise<void> {
  if (publication.fanout !== undefined) {
    await fanout?.publish(publication.fanout, publication.message);
    return;
  }
  await checkQueues(broker, [publication]);
  for (const queue of publication.queues) await broker.send(queue, publication.message);
}

/** Adds to `errors`; those of one exchange go one after another, so that they keep their order. */
export async function sendToExchange(
  fanout: Fanout | undefined,
  exchange: string,
  members: readonly Publication[],
  errors: Map<Publication, Error>,
): Promise<void> {
  for (const member of members) {
    await fanout?.publish(exchange, member.message).catch((error: Error) => {
      errors.set(member, error);
    });
  }
}

/** The publications of each place they go to, in their order. */
export function groupByPlace(
  publications: readonly Publication[],
  placesOf: (publication: Publication) => readonly string[],
): Map<string, Publication[]> {
  const groups = new Map<string, Publication[]>();
  for (const publication of publications) {
    for (const place of placesOf(publication)) {
      const group = groups.get(place);
      if (group) group.push(publication);
      else groups.set(place, [publication]);
    }
  }
  return groups;
}

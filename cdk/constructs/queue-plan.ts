import { ImproperlyConfigured } from '../../lib/errors.ts';
import { laneNames } from '../../lib/protocol/priority-lanes.ts';
import { laneStartsOf, type Priorities } from './queue-lanes.ts';
import { checkedSqsName, isFifoName } from './queue-names.ts';

/** What `CeleryApp` is told of its queues. */
export interface QueueWishes {
  /** The construct's path, where errors say it went wrong. */
  readonly path: string;
  readonly defaultQueue: string;
  /** Worker -> the queues it names; undefined: it serves the default queue. */
  readonly workers: ReadonlyMap<string, readonly string[] | undefined>;
  /** Queues that have settings, and whether workers elsewhere serve them. */
  readonly settings: ReadonlyMap<
    string,
    { readonly external?: boolean; readonly priorities?: Priorities }
  >;
}

/**
 * Every queue by Celery's name, and the worker of this application that serves it, if any.
 *
 * @throws ImproperlyConfigured when a queue has two workers, or none that anybody knows of
 */
export function planQueues(wishes: QueueWishes): ReadonlyMap<string, string | undefined> {
  const served = servedQueues(wishes);
  checkSettings(wishes, served);
  const plan = new Map<string, string | undefined>(served);
  for (const [queue, { external }] of wishes.settings) if (external) plan.set(queue, undefined);
  if (!plan.has(wishes.defaultQueue)) {
    throw wrong(
      wishes,
      `nobody serves the default queue '${wishes.defaultQueue}'. Name it in the queues of a worker, choose another ` +
        `by 'defaultQueue' (there are: ${list(plan.keys())}), or say queues: { '${wishes.defaultQueue}': { external: true } }.`,
    );
  }
  checkTranslations(wishes, plan.keys());
  return plan;
}

function servedQueues(wishes: QueueWishes): Map<string, string> {
  const served = new Map<string, string>();
  for (const [worker, queues = [wishes.defaultQueue]] of wishes.workers) {
    if (queues.length === 0) {
      throw wrong(wishes, `worker '${worker}' serves no queue. Name one, or leave 'queues' out.`);
    }
    for (const queue of queues) {
      const other = served.get(queue);
      if (other !== undefined) throw wrong(wishes, servedTwice(queue, other, worker));
      served.set(queue, worker);
    }
  }
  return served;
}

function servedTwice(queue: string, first: string, second: string): string {
  if (first === second) return `worker '${first}' names queue '${queue}' twice.`;
  return (
    `queue '${queue}' is served by the workers '${first}' and '${second}', and a message would reach either. ` +
    `Give each its own 'queues' (a worker that names none serves the default queue), or make them one worker.`
  );
}

/** A setting for a queue that does not exist is most likely a slip of the pen. */
function checkSettings(wishes: QueueWishes, served: ReadonlyMap<string, string>): void {
  for (const [queue, { external }] of wishes.settings) {
    const worker = served.get(queue);
    if (external && worker !== undefined) {
      throw wrong(
        wishes,
        `queue '${queue}' is external and served by worker '${worker}'. Leave out one of the two.`,
      );
    }
    if (!external && worker === undefined) {
      throw wrong(
        wishes,
        `there are settings for queue '${queue}', which no worker serves (they serve: ${list(served.keys())}). ` +
          `Correct the name, add it to a worker's queues, or set 'external: true' if workers elsewhere serve it.`,
      );
    }
  }
}

/** Python sees queues by their translated names. */
function checkTranslations(wishes: QueueWishes, queues: Iterable<string>): void {
  const seen = new Map<string, string>();
  for (const queue of [...queues].flatMap((name) => withLanes(wishes, name))) {
    const translated = checkedSqsName(queue);
    const other = seen.get(translated);
    if (other !== undefined) {
      throw wrong(
        wishes,
        `queues '${other}' and '${queue}' are both '${translated}' in SQS. Rename one.`,
      );
    }
    seen.set(translated, queue);
  }
}

function withLanes({ settings }: QueueWishes, queue: string): readonly string[] {
  const starts = laneStartsOf(queue, isFifoName(queue), settings.get(queue)?.priorities);
  return starts ? laneNames(queue, starts) : [queue];
}

function list(names: Iterable<string>): string {
  return [...names].map((name) => `'${name}'`).join(', ') || 'none';
}

function wrong({ path }: QueueWishes, what: string): ImproperlyConfigured {
  return new ImproperlyConfigured(`${path}: ${what}`);
}

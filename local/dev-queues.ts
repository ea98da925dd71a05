import type { Celery } from '../lib/app/index.ts';

/** Tells `dev-stack.ts` what to make: a `DevQueues` as JSON. */
export const devQueuesVariable = 'CELERY_DEV_QUEUES';

/** What `celery-aws dev` makes for an application. */
export interface DevQueues {
  /** Celery's names, the default queue first, and whether they have lanes for priorities. */
  readonly queues: readonly { readonly name: string; readonly priorities: boolean }[];
  /** Fanout exchanges, and their queues. */
  readonly broadcasts: Readonly<Record<string, readonly string[]>>;
}

/**
 * What the application's settings and tasks speak of: queues, three lanes for those with an `x-max-priority` (or the
 * setting `taskQueueMaxPriority`), and fanout exchanges.
 *
 * @param names Queues instead of those that it speaks of, the default queue first.
 */
export function devQueuesOf(app: Celery, names: readonly string[] = queuesOf(app)): DevQueues {
  const fanouts = [...app.router.exchanges.fanouts()].map(
    ([exchange, queues]) => [exchange, queues.filter((queue) => names.includes(queue))] as const,
  );
  return {
    queues: names.map((name) => ({ name, priorities: hasPriorities(app, name) })),
    broadcasts: Object.fromEntries(fanouts.filter(([, queues]) => queues.length > 0)),
  };
}

/** A FIFO queue keeps its order, whatever the priorities. */
function hasPriorities(app: Celery, queue: string): boolean {
  return app.router.maxPriority(queue) !== null && !queue.endsWith('.fifo');
}

/** The default queue, those of the setting `taskQueues`, and where tasks go by themselves. */
function queuesOf(app: Celery): string[] {
  const declared = (app.conf.taskQueues ?? []).map(({ name }) => name);
  const ofTasks = [...app.tasks.keys()].flatMap((name) => {
    const { queue, exchange } = app.destinationOf(name);
    return exchange ? exchange.queues : [queue ?? app.conf.taskDefaultQueue];
  });
  return [...new Set([app.conf.taskDefaultQueue, ...declared, ...ofTasks])];
}

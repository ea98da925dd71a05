import type { Duration } from 'aws-cdk-lib';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { visibilityTimeoutFor } from './defaults.ts';
import { shareAmongLanes } from './queue-lanes.ts';
import type { TaskQueue } from './task-queue.ts';

/** What AWS checks late, silently or never: looked at before anything is deployed. */
export interface WorkerLimits {
  /** The construct's path, where errors say it went wrong. */
  readonly path: string;
  readonly queues: readonly TaskQueue[];
  readonly timeout: Duration;
  readonly batchSize: number;
  readonly maxBatchingWindow?: Duration;
  readonly maxConcurrency?: number;
  readonly reservedConcurrency?: number;
  /** It also reads the control queue, which takes its own share of the concurrency. */
  readonly control?: boolean;
}

/** The most invocations at once for control messages: the fewest that an event source can be told. */
export const controlConcurrency = 2;

/** @throws ImproperlyConfigured with the value, the allowed range and the way out. */
export function checkWorkerLimits(limits: WorkerLimits): void {
  const { path, queues, timeout, batchSize } = limits;
  if (queues.length === 0) {
    throw new ImproperlyConfigured(`${path}: the worker serves no queue. Name at least one.`);
  }
  if (timeout.toSeconds() > 900) {
    throw new ImproperlyConfigured(
      `${path}: a timeout of ${timeout.toHumanString()} is more than Lambda's 15 minutes. Split the task, or run it elsewhere.`,
    );
  }
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10) {
    throw new ImproperlyConfigured(
      `${path}: batchSize is ${batchSize}, expected a whole number from 1 to 10.`,
    );
  }
  for (const queue of queues) checkQueue(limits, queue);
}

function checkQueue({ path, timeout, maxBatchingWindow }: WorkerLimits, queue: TaskQueue): void {
  if (queue.fifo && maxBatchingWindow) {
    throw new ImproperlyConfigured(
      `${path}: '${queue.name}' is a FIFO queue, which takes no maxBatchingWindow. Leave it out, or serve the queue by a worker of its own.`,
    );
  }
  const least = visibilityTimeoutFor(timeout, maxBatchingWindow);
  if (queue.visibilityTimeout.toSeconds() >= least.toSeconds()) return;
  throw new ImproperlyConfigured(
    `${path}: queue '${queue.name}' has a visibility timeout of ${queue.visibilityTimeout.toHumanString()}, and a worker with a ` +
      `timeout of ${timeout.toHumanString()} needs at least six times that, ${least.toHumanString()}: else a message that waits for ` +
      `a free function is delivered twice. Raise the queue's visibilityTimeout or lower the worker's timeout.`,
  );
}

/** The most invocations at once for each event source: a queue's, or a lane's. @throws ImproperlyConfigured */
export function concurrencyOfSources(
  limits: WorkerLimits,
): ReadonlyMap<TaskQueue, number | undefined> {
  const each = eventSourceConcurrency(limits);
  return new Map(
    limits.queues.flatMap((queue): (readonly [TaskQueue, number | undefined])[] => {
      if (queue.lanes.length === 0) return [[queue, each]];
      const shares = shareAmongLanes(limits.path, queue.name, queue.all.length, each);
      return queue.all.map((lane, index) => [lane, shares[index]]);
    }),
  );
}

/**
 * The most invocations the event sources of one queue may have at once, undefined for no limit. A function with reserved
 * concurrency shares it among its queues: event sources that may want more than there is are throttled, and
 * each throttled delivery counts as a receive.
 *
 * @throws ImproperlyConfigured when the event sources' sum is above the reserved concurrency
 */
function eventSourceConcurrency(limits: WorkerLimits): number | undefined {
  const { path, queues, maxConcurrency, reservedConcurrency, control = false } = limits;
  if (
    maxConcurrency !== undefined &&
    !(Number.isInteger(maxConcurrency) && maxConcurrency >= 2 && maxConcurrency <= 1000)
  ) {
    throw new ImproperlyConfigured(
      `${path}: maxConcurrency is ${maxConcurrency}, expected a whole number from 2 to 1000 (SQS event sources take no other).`,
    );
  }
  if (reservedConcurrency === undefined) return maxConcurrency;
  const forControl = control ? controlConcurrency : 0;
  const share = Math.floor((reservedConcurrency - forControl) / queues.length);
  const each = maxConcurrency ?? Math.min(1000, share);
  const sum = each * queues.length + forControl;
  if (each >= 2 && sum <= reservedConcurrency) return each;
  throw new ImproperlyConfigured(
    `${path}: reservedConcurrentExecutions is ${reservedConcurrency}, and ${queues.length} event source(s) of at least ` +
      `${Math.max(each, 2)} concurrent invocations each${control ? `, and ${forControl} for the control queue,` : ''} may want ` +
      `${Math.max(each, 2) * queues.length + forControl}. Raise it, lower ` +
      `maxConcurrency (2 or more), or give queues to another worker.`,
  );
}

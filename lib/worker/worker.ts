import { hostname } from 'node:os';
import type { Celery } from '../app/index.ts';
import type { Adapters, Delivery } from '../ports/index.ts';
import { checkSerializers } from '../serializers/index.ts';
import { Batch, type OnSettlement } from './batch.ts';
import { processControl } from './control.ts';
import { safeLogger } from './safe-logger.ts';
import type { Settlement } from './settlement.ts';
import { RateSlots } from './starting/rate-slots.ts';
import { Terminations } from './terminations.ts';
import type { Invocation, TaskEnd, WorkerRuntime } from './worker-runtime.ts';

export interface WorkerOptions {
  /** Tasks of one batch that run at once. @default the whole batch */
  readonly concurrency?: number;
  /** Starts without news after which a task is given up and dead-lettered. @default 3 */
  readonly maxAttempts?: number;
  /** Name of this worker in results and requests. @default celery@ and the machine's host name */
  readonly hostname?: string;
  /** Hears of every end of a task in this worker. What it throws is logged and changes nothing. */
  readonly observe?: (end: TaskEnd) => void;
}

/** Runs deliveries of an application's tasks, whoever received them. */
export interface Worker {
  readonly app: Celery;
  readonly adapters: Adapters;
  /** Takes a batch of deliveries and answers what becomes of each, in their order. Never rejects. */
  process(
    deliveries: readonly Delivery[],
    invocation: Invocation,
    onSettlement?: OnSettlement,
  ): Promise<readonly Settlement[]>;
}

/**
 * A worker on the given adapters. It receives and settles nothing itself: `pollQueues` or a Lambda handler does.
 *
 * @throws RangeError for options that are no numbers of at least 1; ImproperlyConfigured for an unknown serializer
 */
export function createWorker(app: Celery, adapters: Adapters, options: WorkerOptions = {}): Worker {
  const { concurrency = Number.POSITIVE_INFINITY, maxAttempts = 3 } = options;
  checkAtLeastOne({ concurrency, maxAttempts });
  const { clock, conf } = app;
  checkSerializers([...conf.acceptContent, conf.resultSerializer]);
  const logger = safeLogger(app.logger);
  const runtime: WorkerRuntime = {
    app,
    adapters,
    clock,
    random: app.random,
    logger,
    hostname: options.hostname ?? `celery@${hostname()}`,
    maxAttempts,
    terminations: new Terminations({ revocations: adapters.revocations, clock, logger }),
    rateSlots: new RateSlots(adapters.rateClocks),
    observe: options.observe,
  };
  return {
    app,
    adapters,
    async process(deliveries, invocation, onSettlement = () => {}) {
      const isControl = ({ queue }: Delivery) => queue === adapters.broker.controlQueue;
      const tasks = deliveries.filter((delivery) => !isControl(delivery));
      const settleControl = async (delivery: Delivery) => {
        const settlement = await processControl(runtime, delivery);
        onSettlement(delivery, settlement);
        return settlement;
      };
      const [controls, ends] = await Promise.all([
        Promise.all(deliveries.filter(isControl).map(settleControl)),
        new Batch(runtime, tasks, invocation, onSettlement).process(concurrency),
      ]);
      const [control, end] = [controls.values(), ends.values()];
      return deliveries.flatMap((one) => (isControl(one) ? control : end).next().value ?? []);
    },
  };
}

function checkAtLeastOne(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value >= 1) continue;
    throw new RangeError(`Worker option ${name} is ${value}, expected a number of at least 1`);
  }
}

import { signalOf } from '../app/task-end.ts';
import type { StoredResult } from '../ports/index.ts';
import type { Incoming } from './incoming.ts';
import { processTask } from './process-task.ts';
import { refuseDelivery } from './refuse-delivery.ts';
import { requestOf } from './request-of.ts';
import { giveBackLater, type Settlement } from './settlement.ts';
import type { Step } from './step.ts';
import type { Invocation, WorkerRuntime } from './worker-runtime.ts';

/** How a delivery comes to its turn. */
export interface AtItsTurn extends Pick<Step, 'suspect' | 'revoked' | 'first'> {
  /** The result item as read right before; undefined: there is none. */
  readonly item: StoredResult | undefined;
}

/**
 * One delivery in, one settlement out. Never throws: a step that fails gives the delivery back, later each time,
 * so that nothing is acknowledged that is not stored.
 */
export async function processDelivery(
  runtime: WorkerRuntime,
  incoming: Incoming,
  invocation: Invocation,
  { item, ...turn }: AtItsTurn,
): Promise<Settlement> {
  const { hooks } = runtime.app;
  try {
    if (incoming.kind === 'runnable' && hooks.hears('taskReceived')) {
      const request = requestOf(runtime, incoming);
      await hooks.tell('taskReceived', { sender: request.task, request });
    }
    return incoming.kind === 'refused'
      ? await refuseDelivery(runtime, incoming, item)
      : await processTask({ runtime, runnable: incoming, invocation, ...turn }, item);
  } catch (error) {
    runtime.logger.error('A delivery is given back because a step of it failed', {
      id: incoming.id,
      queue: incoming.delivery.queue,
      receiveCount: incoming.delivery.receiveCount,
      error,
    });
    if (incoming.kind === 'runnable' && hooks.hears('taskInternalError')) {
      const request = requestOf(runtime, incoming);
      const signal = signalOf({ task: incoming.task, request });
      await hooks.tell('taskInternalError', { ...signal, exception: error });
    }
    return giveBackLater(incoming.delivery.receiveCount);
  }
}

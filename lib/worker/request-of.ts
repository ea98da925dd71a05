import { requestFromMessage, type TaskRequest } from '../app/request.ts';
import type { Runnable } from './incoming.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

/** The request that a delivery makes of this worker. */
export function requestOf(
  { hostname }: Pick<WorkerRuntime, 'hostname'>,
  { message, delivery }: Pick<Runnable, 'message' | 'delivery'>,
): TaskRequest {
  return requestFromMessage(message, { hostname, redelivered: delivery.receiveCount > 1 });
}

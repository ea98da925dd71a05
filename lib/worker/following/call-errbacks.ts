import { type FailedRequest, withFailedRequest } from '../../app/errback.ts';
import { requestFromMessage } from '../../app/request.ts';
import { derivedIds, planErrbacks } from '../../canvas/index.ts';
import type { TaskMessage, WireSignature } from '../../protocol/index.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { leasedSignature } from './leased.ts';

/** A task that failed, run or not. */
export interface FailedTask {
  readonly id: string;
  /** Its name. */
  readonly task: string;
  readonly rootId: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** undefined: it was never sent, as a body whose chord failed. */
  readonly message?: TaskMessage;
}

/**
 * Sends errbacks as tasks, with the failed task's id in front, under ids that whoever follows this failure draws alike.
 * Those that `app.errback` declared here are told the failed request, too; none runs inside the failing delivery, where a
 * redelivery would repeat it.
 *
 * @param attempt The attempt that the failure was stored with.
 * @see celery.backends.base.Backend._call_task_errbacks
 */
export async function callErrbacks(
  runtime: WorkerRuntime,
  failed: FailedTask,
  errbacks: readonly WireSignature[],
  attempt: number,
): Promise<void> {
  if (errbacks.length === 0) return;
  const { id, rootId } = failed;
  const request = requestOfFailed(runtime, failed);
  const plan = planErrbacks(
    errbacks.map((errback) => leasedSignature(withFailedRequest(runtime.app, errback, request))),
    id,
    { parentId: id, rootId },
    derivedIds(id, attempt, 'errbacks'),
    runtime.app.planContext(),
  );
  const prepared = await runtime.app.preparePlans([plan], failed);
  await prepared.publish({ again: true });
}

function requestOfFailed(
  { hostname }: WorkerRuntime,
  { id, task, rootId, message }: FailedTask,
): FailedRequest {
  return message ? requestFromMessage(message, { hostname }) : { id, task, rootId };
}

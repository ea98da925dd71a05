import { type FailedRequest, withFailedRequest } from '../../app/errback.ts';
import type { PreparedCanvas } from '../../app/index.ts';
import { requestFromMessage } from '../../app/request.ts';
import { derivedIds, planErrbacks } from '../../canvas/index.ts';
import type { TaskMessage, WireSignature } from '../../protocol/index.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { lastingFault } from './lasting-fault.ts';
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
 * redelivery would repeat it. One that can never be sent is logged: the workflow has to end without it.
 *
 * @param attempt The attempt that the failure was stored with.
 * @throws OperationalError, BatchSendError
 * @see celery.backends.base.Backend._call_task_errbacks
 */
export async function callErrbacks(
  runtime: WorkerRuntime,
  failed: FailedTask,
  errbacks: readonly WireSignature[],
  attempt: number,
): Promise<void> {
  const prepared = await prepareSendable(runtime, failed, errbacks, attempt);
  await prepared?.publish({ again: true });
}

/** undefined: nothing can be sent. */
async function prepareSendable(
  runtime: WorkerRuntime,
  failed: FailedTask,
  errbacks: readonly WireSignature[],
  attempt: number,
): Promise<PreparedCanvas | undefined> {
  if (errbacks.length === 0) return undefined;
  try {
    return await prepare(runtime, failed, errbacks, attempt);
  } catch (caught) {
    const { error } = lastingFault(caught);
    const [errback, ...others] = errbacks;
    if (others.length === 0) {
      const { id } = failed;
      runtime.logger.error('An errback cannot be sent', { id, errback: errback?.task, error });
      return undefined;
    }
    const sendable: WireSignature[] = [];
    for (const one of errbacks) {
      if (await prepareSendable(runtime, failed, [one], attempt)) sendable.push(one);
    }
    if (sendable.length === errbacks.length) throw error;
    return await prepareSendable(runtime, failed, sendable, attempt);
  }
}

/** @throws ImproperlyConfigured, EncodeError, QueueNotFound; OperationalError */
async function prepare(
  runtime: WorkerRuntime,
  failed: FailedTask,
  errbacks: readonly WireSignature[],
  attempt: number,
): Promise<PreparedCanvas> {
  const { id, rootId } = failed;
  const request = requestOfFailed(runtime, failed);
  const plan = planErrbacks(
    errbacks.map((errback) => leasedSignature(withFailedRequest(runtime.app, errback, request))),
    id,
    { parentId: id, rootId },
    derivedIds(id, attempt, 'errbacks'),
    runtime.app.planContext(),
  );
  return await runtime.app.preparePlans([plan], failed);
}

function requestOfFailed(
  { hostname }: WorkerRuntime,
  { id, task, rootId, message }: FailedTask,
): FailedRequest {
  return message ? requestFromMessage(message, { hostname }) : { id, task, rootId };
}

import type { Envelope } from './envelope.ts';
import { decodeProtocol2 } from './protocol2.ts';
import type { TaskMessage } from './task-message.ts';

/**
 * Reads protocol 1 (`task_protocol = 1`, and producers from before Celery 4), which has everything in the body and only
 * the caller's own headers: by making protocol 2 of it, as Celery does.
 *
 * @throws DecodeError
 * @see celery.worker.strategy.proto1_to_proto2
 */
export function decodeProtocol1(
  envelope: Envelope,
  body: Readonly<Record<string, unknown>>,
): TaskMessage {
  const { task, id, group_index, retries, eta, expires, timelimit } = body;
  const group = body.taskset ?? body.group;
  const headers = { task, id, group, group_index, retries, eta, expires, timelimit };
  const { args = [], kwargs = {}, callbacks, errbacks, chord } = body;
  return decodeProtocol2({ ...envelope, headers: { ...envelope.headers, ...headers } }, [
    args,
    kwargs,
    { callbacks, errbacks, chord },
  ]);
}

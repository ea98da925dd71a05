import type { Revocable, Stamp } from '../ports/index.ts';
import type { TaskMessage } from '../protocol/index.ts';
import type { Incoming } from './incoming.ts';

/** What a revoke may name of a delivery's task; undefined where the message names no task id. */
export function revocableOf({ id, message }: Incoming): Revocable | undefined {
  return id === undefined ? undefined : { taskId: id, stamps: message ? stampsOf(message) : [] };
}

/** A stamp of several values counts as each of them. @see celery.worker.request.Request.revoked */
function stampsOf({ stampedHeaders, stamps }: TaskMessage): Stamp[] {
  return (stampedHeaders ?? []).flatMap((header) => {
    const value: unknown = Object.hasOwn(stamps, header) ? stamps[header] : undefined;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value ?? undefined];
    return values.flatMap((one) => (one === undefined ? [] : [{ header, value: one }]));
  });
}

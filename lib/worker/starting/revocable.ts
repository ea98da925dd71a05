import type { Revocable, Stamp } from '../../ports/index.ts';
import type { TaskMessage } from '../../protocol/index.ts';
import type { Incoming } from '../incoming.ts';

/** What a revoke may name of a delivery's task; undefined where the message names no task id. */
export function revocableOf(incoming: Incoming): Revocable | undefined {
  const { id, message } = incoming;
  if (id === undefined) return undefined;
  return { taskId: sharedIdOf(incoming) ?? id, stamps: message ? stampsOf(message) : [] };
}

/** What to read before a start: what a revoke may name and, for one of several copies, its own state. */
export function recordsOf(incoming: Incoming): Revocable[] {
  const revocable = revocableOf(incoming);
  const { id } = incoming;
  if (!revocable || id === undefined) return [];
  return revocable.taskId === id ? [revocable] : [revocable, { taskId: id, stamps: [] }];
}

/** Whether its task is among those that were revoked: for all copies together. */
export function isRevoked(incoming: Incoming, revoked: ReadonlySet<string>): boolean {
  const id = sharedIdOf(incoming) ?? incoming.id;
  return id !== undefined && revoked.has(id);
}

function sharedIdOf(incoming: Incoming): string | undefined {
  return incoming.kind === 'runnable' ? incoming.sharedId : undefined;
}

/** A stamp of several values counts as each of them. @see celery.worker.request.Request.revoked */
function stampsOf({ stampedHeaders, stamps }: TaskMessage): Stamp[] {
  return (stampedHeaders ?? []).flatMap((header) => {
    const value: unknown = Object.hasOwn(stamps, header) ? stamps[header] : undefined;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value ?? undefined];
    return values.flatMap((one) => (one === undefined ? [] : [{ header, value: one }]));
  });
}

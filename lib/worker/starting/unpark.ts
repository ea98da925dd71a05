import type { WorkerRuntime } from '../worker-runtime.ts';

/**
 * Brings home what is parked: sent first and deleted after, so that a crash between only makes a copy.
 *
 * @throws OperationalError
 */
export async function unpark(
  { adapters: { schedules, broker } }: WorkerRuntime,
  taskIds: readonly string[],
): Promise<void> {
  if (!schedules) return;
  for (const taskId of taskIds) {
    for (const { name, queue, body, groupId } of await schedules.find(taskId)) {
      await broker.send(queue, { body, groupId, deduplicationId: `unparked-${name}` });
      await schedules.delete(name);
    }
  }
}

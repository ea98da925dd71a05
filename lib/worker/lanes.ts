import type { StoredResult } from '../ports/index.ts';
import type { Incoming } from './incoming.ts';
import { isFinished, isReopened } from './store-state.ts';

/** Deliveries that go one after another: a message group of a FIFO queue, or copies of one task. */
export interface Lane {
  readonly deliveries: readonly Incoming[];
  /** One of them was received before and its task is not finished: it may have ended a process. */
  readonly suspect: boolean;
}

/** In which order a batch's lanes go. */
export interface LanePlan {
  /** Goes before all others, alone: a suspect that batch after batch found no time for a full run. */
  readonly overdue: Lane | undefined;
  /** Go next, concurrently. */
  readonly fresh: readonly Lane[];
  /** Go last, one at a time, so that the killer takes nobody along. */
  readonly suspects: readonly Lane[];
}

/** Received so often and still not finished, a suspect no longer waits for the rest of its batch. */
const overdueReceives = 10;

/** A letter that was sent back may end its process as well as any other message: its death is no end to it. */
export function isSuspect(incoming: Incoming, item: StoredResult | undefined): boolean {
  const isOver = item && isFinished(item) && !isReopened(item, incoming);
  return incoming.delivery.receiveCount > 1 && !isOver;
}

/** Sorts a batch, given the items read for it by task id. */
export function planLanes(
  batch: readonly Incoming[],
  items: ReadonlyMap<string, StoredResult>,
): LanePlan {
  const groups = new Map<string, Incoming[]>();
  for (const incoming of batch) {
    const key = laneKey(incoming);
    const group = groups.get(key);
    if (group) group.push(incoming);
    else groups.set(key, [incoming]);
  }
  const lanes = [...groups.values()].map((deliveries) => ({
    deliveries,
    suspect: deliveries.some((one) =>
      isSuspect(one, one.id === undefined ? undefined : items.get(one.id)),
    ),
  }));
  const suspects = lanes.filter((lane) => lane.suspect);
  const overdue = suspects.find((lane) =>
    lane.deliveries.some(({ delivery }) => delivery.receiveCount >= overdueReceives),
  );
  return {
    overdue,
    fresh: lanes.filter((lane) => !lane.suspect),
    suspects: suspects.filter((lane) => lane !== overdue),
  };
}

function laneKey({ delivery, id }: Incoming): string {
  if (isFifo(delivery.queue)) return `group ${delivery.groupId}`;
  return id === undefined ? `message ${delivery.messageId}` : `task ${id}`;
}

export function isFifo(queue: string): boolean {
  return queue.endsWith('.fifo');
}

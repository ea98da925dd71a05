import type { StoredResult } from '../ports/index.ts';
import type { Incoming } from './incoming.ts';
import { isFinished, isReopened } from './store-state.ts';

/** Deliveries that go one after another: a message group of a FIFO queue, or copies of one task. */
export interface Turn {
  readonly deliveries: readonly Incoming[];
  /** One of them was received before and its task is not finished: it may have ended a process. */
  readonly suspect: boolean;
}

/** In which order a batch's turns go. */
export interface BatchPlan {
  /** Goes before all others, alone: a suspect that batch after batch found no time for a full run. */
  readonly overdue: Turn | undefined;
  /** Go next, concurrently. */
  readonly fresh: readonly Turn[];
  /** Go last, one at a time, so that the killer takes nobody along. */
  readonly suspects: readonly Turn[];
}

/** Received so often and still not finished, a suspect no longer waits for the rest of its batch. */
const overdueReceives = 10;

/** A letter that was sent back may end its process as well as any other message: its death is no end to it. */
export function isSuspect(incoming: Incoming, item: StoredResult | undefined): boolean {
  const isOver = item && isFinished(item) && !isReopened(item, incoming);
  return incoming.delivery.receiveCount > 1 && !isOver;
}

/** Sorts a batch, given the items read for it by task id. */
export function planBatch(
  batch: readonly Incoming[],
  items: ReadonlyMap<string, StoredResult>,
): BatchPlan {
  const groups = new Map<string, Incoming[]>();
  for (const incoming of batch) {
    const key = turnKey(incoming);
    const group = groups.get(key);
    if (group) group.push(incoming);
    else groups.set(key, [incoming]);
  }
  const turns = [...groups.values()].map((deliveries) => ({
    deliveries,
    suspect: deliveries.some((one) =>
      isSuspect(one, one.id === undefined ? undefined : items.get(one.id)),
    ),
  }));
  const suspects = turns.filter((turn) => turn.suspect);
  const overdue = suspects.find((turn) =>
    turn.deliveries.some(({ delivery }) => delivery.receiveCount >= overdueReceives),
  );
  return {
    overdue,
    fresh: turns.filter((turn) => !turn.suspect),
    suspects: suspects.filter((turn) => turn !== overdue),
  };
}

function turnKey({ delivery, id }: Incoming): string {
  if (isFifo(delivery.queue)) return `group ${delivery.groupId}`;
  return id === undefined ? `message ${delivery.messageId}` : `task ${id}`;
}

export function isFifo(queue: string): boolean {
  return queue.endsWith('.fifo');
}

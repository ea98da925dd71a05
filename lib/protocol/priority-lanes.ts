/** The highest priority a message has; 0 is the lowest. */
export const highestPriority = 9;

/**
 * The lowest priority of each lane of a queue, rising from 0: `[0, 4, 7]` are the lanes 0-3, 4-6 and 7-9. SQS knows no
 * priorities, so that each lane is a queue of its own.
 */
export type LaneStarts = readonly number[];

/** The name of a lane: the first is the queue itself, the others have the lane's lowest priority behind it (`celery-p7`). */
export function laneName(queue: string, lowest: number): string {
  return lowest === 0 ? queue : `${queue}-p${lowest}`;
}

/** The names of all lanes, the highest first: the order in which a worker empties them. */
export function laneNames(queue: string, starts: LaneStarts): string[] {
  return starts.map((lowest) => laneName(queue, lowest)).reverse();
}

/**
 * Where a message of this priority goes: to its lane, or to the queue itself where that has none.
 *
 * @param most Higher priorities count as this one. @default the highest there is
 */
export function laneOf(
  queue: string,
  starts: LaneStarts | undefined,
  priority: number,
  most: number | null = null,
): string {
  if (starts === undefined) return queue;
  const counted = Math.min(priority, most ?? highestPriority);
  return laneName(queue, starts.findLast((lowest) => lowest <= counted) ?? 0);
}

/** The queue that a lane belongs to; what is no lane is a queue itself. */
export function queueOfLane(
  name: string,
  lanes: ReadonlyMap<string, LaneStarts> = new Map(),
): string {
  for (const [queue, starts] of lanes) if (laneNames(queue, starts).includes(name)) return queue;
  return name;
}

/** The priorities 0 to 9 in so many lanes of about the same width; three are `[0, 4, 7]`. */
export function equalLanes(count: number): LaneStarts {
  return Array.from({ length: count }, (_, lane) =>
    Math.ceil((lane * (highestPriority + 1)) / count),
  );
}

/** Whether these are lanes: at least two, whole numbers, rising from 0 to at most 9. */
export function areLaneStarts(value: unknown): value is LaneStarts {
  if (!Array.isArray(value) || value.length < 2 || value[0] !== 0) return false;
  return value.every(
    (lowest, lane) =>
      Number.isInteger(lowest) &&
      lowest <= highestPriority &&
      (lane === 0 || lowest > value[lane - 1]),
  );
}

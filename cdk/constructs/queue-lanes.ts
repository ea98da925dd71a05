import { ImproperlyConfigured } from '../../lib/errors.ts';
import { areLaneStarts, equalLanes, type LaneStarts } from '../../lib/protocol/priority-lanes.ts';

/**
 * Lanes of a queue for priorities 0 to 9: `true` for three (0-3, 4-6, 7-9), a number from 2 to 10 for so many, or the lowest
 * priority of each, rising from 0.
 */
export type Priorities = boolean | number | readonly number[];

/** Where each lane begins; undefined: there are none. @throws ImproperlyConfigured */
export function laneStartsOf(
  queue: string,
  fifo: boolean,
  priorities: Priorities = false,
): LaneStarts | undefined {
  if (priorities === false) return undefined;
  if (fifo) {
    throw new ImproperlyConfigured(
      `Queue '${queue}' is FIFO and is to have lanes for priorities: a message of a higher lane would overtake its own ` +
        'group, whose order is kept. Leave out one of the two.',
    );
  }
  const starts = priorities === true ? equalLanes(3) : priorities;
  if (typeof starts !== 'number') return checked(queue, starts, priorities);
  const isCount = Number.isInteger(starts) && starts >= 2 && starts <= 10;
  return checked(queue, isCount ? equalLanes(starts) : [], priorities);
}

function checked(queue: string, starts: LaneStarts, given: Priorities): LaneStarts {
  if (areLaneStarts(starts)) return starts;
  throw new ImproperlyConfigured(
    `Priorities of queue '${queue}' are ${JSON.stringify(given)}, expected true for three lanes, a number of lanes from 2 to 10, or ` +
      'the lowest priority of each lane, rising from 0 to at most 9: [0, 4, 7].',
  );
}

/** The fewest concurrent invocations that an event source can be told. */
const fewest = 2;

/**
 * The most invocations at once of each lane, the lowest lane first: all but the highest share half of `most`, so that a
 * backlog below leaves the highest lane its half.
 *
 * @param most Of the whole queue; undefined: not bounded.
 * @throws ImproperlyConfigured where there is nothing to share, or too little
 */
export function shareAmongLanes(
  path: string,
  queue: string,
  lanes: number,
  most: number | undefined,
): readonly number[] {
  if (most === undefined || most < fewest * lanes) {
    throw new ImproperlyConfigured(
      `${path}: the ${lanes} lanes of queue '${queue}' share ${most === undefined ? 'no bounded concurrency' : `a concurrency of ${most}`}, and each ` +
        `takes ${fewest} at least; the lower ones have to be bounded, so that they leave the highest its share. Set the worker's ` +
        `maxConcurrency, or reservedConcurrentExecutions, to ${fewest * lanes} or more for this queue.`,
    );
  }
  const lower = Math.max(fewest, Math.floor(most / 2 / (lanes - 1)));
  return [...Array.from({ length: lanes - 1 }, () => lower), most - lower * (lanes - 1)];
}

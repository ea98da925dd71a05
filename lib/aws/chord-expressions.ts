import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ChordPart, CountOutcome, JoinClaim } from '../ports/index.ts';
import { type ChordSizes, partAttribute } from '../protocol/chord-parts.ts';
import { type Item, number } from './item.ts';
import type { Expressions } from './store-expression.ts';

/**
 * A chord's counter is Celery's item, `chord_count` and `timestamp`, with our attributes beside: `ttl`; of each part of
 * ours what the count became with it; who claims the join and since when; `joined` once the body is published; how many
 * parts are counted `beforeLast`, a number that a condition can be about, and how many members are `listed`.
 */
const names = {
  '#count': 'chord_count',
  '#ttl': 'ttl',
  '#joined': 'joined',
  '#claimer': 'claimer',
  '#claimedAt': 'claimedAt',
  '#timestamp': 'timestamp',
  '#beforeLast': 'beforeLast',
  '#listed': 'listed',
} as const;

/** Stands as `beforeLast` of a chord that has grown, for good: parts on their way may know of its old size. */
const untold = -1;

type Name = keyof typeof names;

const tellSizes =
  '#beforeLast = if_not_exists(#beforeLast, :beforeLast), #listed = if_not_exists(#listed, :listed)';
/** They are set to what they are, for the answer to have them; where they are not there, no count is below them. */
const asTold = ['#beforeLast = #beforeLast, #listed = #listed', ' AND #count < #beforeLast'];

/** There, and not past its time. */
const live = 'attribute_exists(#count) AND (attribute_not_exists(#ttl) OR #ttl >= :now)';
const open = `${live} AND (attribute_not_exists(#joined) OR #joined = :false)`;

/** A counter where there is none, as Celery puts it. */
export function createCounter(sizes: ChordSizes, now: number, ttl: number): Expressions {
  return {
    UpdateExpression:
      'SET #count = :zero, #timestamp = :now, #ttl = :ttl, #beforeLast = :beforeLast, #listed = :listed',
    ConditionExpression: 'attribute_not_exists(id)',
    ExpressionAttributeNames: pick('#count', '#timestamp', '#ttl', '#beforeLast', '#listed'),
    ExpressionAttributeValues: {
      ':zero': number(0),
      ':now': number(now),
      ':ttl': number(ttl),
      ...valuesOf(sizes),
    },
  };
}

/**
 * Counts a part and remembers it. All of it is seen as it was before, so that both numbers are the same; and of what
 * this changes alone does the answer consist, however many parts there are:
 *
 *     chord of 3      count  0      1        2                          3                          time ------>
 *     part a                 @a 1            again: refused, has @a
 *     Python                        blindly
 *     part b                                 refused: would fill it     may fill it: @b 3, b completed it
 */
export function countPart(part: ChordPart, now: number, ttl: number): Expressions {
  const { sizes, taskId, mayFill } = part;
  const [tell, wouldNotFill] = sizes ? [tellSizes, ' AND #count < :beforeLast'] : asTold;
  return {
    UpdateExpression: `SET #count = #count + :one, #part = #count + :one, #joined = if_not_exists(#joined, :false), ${tell}`,
    ConditionExpression: `${live} AND #ttl >= :ttl AND attribute_not_exists(#part)${sizes && mayFill ? '' : wouldNotFill}`,
    ExpressionAttributeNames: {
      ...pick('#count', '#ttl', '#joined', '#beforeLast', '#listed'),
      '#part': partAttribute(taskId),
    },
    ExpressionAttributeValues: {
      ':one': number(1),
      ':false': { BOOL: false },
      ':now': number(now),
      ':ttl': number(ttl),
      ...(sizes && valuesOf(sizes)),
    },
  };
}

/** What a counter tells of a part; undefined: the part may be counted. */
export function outcomeOf(counter: Item, part: ChordPart): CountOutcome | undefined {
  const sizes = part.sizes ?? toldSizes(counter);
  if (!sizes) return { kind: 'untold' };
  const became = counter[partAttribute(part.taskId)]?.N;
  if (became !== undefined) return counted(counter, sizes, Number(became));
  const mayFill = part.sizes !== undefined && part.mayFill;
  const fills = Number(counter.chord_count?.N) >= sizes.size - 1;
  return fills && !mayFill ? { kind: 'wouldFill', sizes } : undefined;
}

/** What the counter's answer tells of a part that it has just counted. */
export function outcomeOfCounted(answer: Item, part: ChordPart): CountOutcome {
  const sizes = part.sizes ?? toldSizes(answer);
  return sizes ? counted(answer, sizes, Number(answer.chord_count?.N)) : { kind: 'untold' };
}

function counted({ chord_count, joined }: Item, sizes: ChordSizes, became: number): CountOutcome {
  return {
    kind: 'counted',
    count: Number(chord_count?.N),
    sizes,
    completedIt: became === sizes.size,
    joined: joined?.BOOL ?? false,
  };
}

function toldSizes({ beforeLast, listed }: Item): ChordSizes | undefined {
  const size = Number(beforeLast?.N ?? untold) + 1;
  return size > 0 ? { size, listed: Number(listed?.N ?? size) } : undefined;
}

function valuesOf({ size, listed }: ChordSizes): Record<string, AttributeValue> {
  return { ':beforeLast': number(size - 1), ':listed': number(listed) };
}

/** Whether the counter tells no size, and will not. */
export function isUntold({ beforeLast }: Item): boolean {
  return beforeLast?.N === String(untold);
}

/** Takes back what a counter tells of the chord's sizes: it is about to grow. */
export function untellSizes(now: number): Expressions {
  return {
    UpdateExpression: 'SET #beforeLast = :untold, #listed = :untold',
    ConditionExpression: open,
    ExpressionAttributeNames: pick('#count', '#ttl', '#joined', '#beforeLast', '#listed'),
    ExpressionAttributeValues: {
      ':untold': number(untold),
      ':now': number(now),
      ':false': { BOOL: false },
    },
  };
}

/** The first claimer has it, until it is old: a takeover is a claim like the first. */
export function claimJoin(
  { claimer, now, takeOverAfterMs }: JoinClaim,
  nowSeconds: number,
): Expressions {
  const isFree = 'attribute_not_exists(#claimer) OR #claimer = :claimer';
  const mayTakeOver = takeOverAfterMs === undefined ? '' : ' OR #claimedAt <= :stale';
  return {
    UpdateExpression: 'SET #claimer = :claimer, #claimedAt = :claimedAt',
    ConditionExpression: `${open} AND (${isFree}${mayTakeOver})`,
    ExpressionAttributeNames: pick('#count', '#ttl', '#joined', '#claimer', '#claimedAt'),
    ExpressionAttributeValues: {
      ':claimer': { S: claimer },
      ':claimedAt': number(now),
      ':now': number(nowSeconds),
      ':false': { BOOL: false },
      ...(takeOverAfterMs !== undefined && { ':stale': number(now - takeOverAfterMs) }),
    },
  };
}

/** The body is published. */
export function markJoined(now: number): Expressions {
  return {
    UpdateExpression: 'SET #joined = :true',
    ConditionExpression: live,
    ExpressionAttributeNames: pick('#count', '#ttl', '#joined'),
    ExpressionAttributeValues: { ':true': { BOOL: true }, ':now': number(now) },
  };
}

/**
 * Moves the end of an item on, never back.
 *
 * @param endless Whether an item without an end, of Python's, gets it.
 */
export function moveEndOn(
  now: number,
  ttl: number,
  { endless }: { readonly endless: 'ends' | 'stay' },
): Expressions {
  const ending = '(#ttl >= :now AND #ttl < :ttl)';
  const moves = endless === 'ends' ? `(attribute_not_exists(#ttl) OR ${ending})` : ending;
  return {
    UpdateExpression: 'SET #ttl = :ttl',
    ConditionExpression: `attribute_exists(id) AND ${moves}`,
    ExpressionAttributeNames: pick('#ttl'),
    ExpressionAttributeValues: { ':now': number(now), ':ttl': number(ttl) },
  };
}

function pick(...used: readonly Name[]): Record<string, string> {
  return Object.fromEntries(used.map((name) => [name, names[name]]));
}

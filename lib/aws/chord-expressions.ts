import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ChordPart, CountOutcome, JoinClaim } from '../ports/index.ts';
import { partAttribute } from '../protocol/chord-parts.ts';
import type { Item } from './result-item.ts';
import type { Expressions } from './store-expression.ts';

/**
 * A chord's counter is Celery's item, `chord_count` and `timestamp`, with our attributes beside: `ttl`; of each part of
 * ours what the count became with it; who claims the join and since when; `joined` once the body is published.
 */
const names = {
  '#count': 'chord_count',
  '#ttl': 'ttl',
  '#joined': 'joined',
  '#claimer': 'claimer',
  '#claimedAt': 'claimedAt',
  '#timestamp': 'timestamp',
} as const;

type Name = keyof typeof names;

/** There, and not past its time. */
const live = 'attribute_exists(#count) AND (attribute_not_exists(#ttl) OR #ttl >= :now)';
const open = `${live} AND (attribute_not_exists(#joined) OR #joined = :false)`;

/** A counter where there is none, as Celery puts it. */
export function createCounter(now: number, ttl: number): Expressions {
  return {
    UpdateExpression: 'SET #count = :zero, #timestamp = :now, #ttl = :ttl',
    ConditionExpression: 'attribute_not_exists(id)',
    ExpressionAttributeNames: pick('#count', '#timestamp', '#ttl'),
    ExpressionAttributeValues: { ':zero': number(0), ':now': number(now), ':ttl': number(ttl) },
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
  const wouldNotFill = part.mayFill ? '' : ' AND #count < :last';
  return {
    UpdateExpression:
      'SET #count = #count + :one, #part = #count + :one, #joined = if_not_exists(#joined, :false)',
    ConditionExpression: `${live} AND #ttl >= :ttl AND attribute_not_exists(#part)${wouldNotFill}`,
    ExpressionAttributeNames: {
      ...pick('#count', '#ttl', '#joined'),
      '#part': partAttribute(part.taskId),
    },
    ExpressionAttributeValues: {
      ':one': number(1),
      ':false': { BOOL: false },
      ':now': number(now),
      ':ttl': number(ttl),
      ...(!part.mayFill && { ':last': number(part.size - 1) }),
    },
  };
}

/** What a counter tells of a part; undefined: the part may be counted. */
export function outcomeOf(counter: Item, part: ChordPart): CountOutcome | undefined {
  const count = Number(counter.chord_count?.N);
  const became = counter[partAttribute(part.taskId)]?.N;
  if (became !== undefined) {
    const completedIt = Number(became) === part.size;
    return { kind: 'counted', count, completedIt, joined: counter.joined?.BOOL ?? false };
  }
  return !part.mayFill && count >= part.size - 1 ? { kind: 'wouldFill' } : undefined;
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

function number(value: number): AttributeValue {
  return { N: String(value) };
}

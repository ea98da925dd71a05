import { DecodeError } from '../errors.ts';
import { kindOf } from './envelope.ts';

/**
 * How Celery refers to a result: `[[id, parent], members]`. `parent` is such a tuple itself; `members` are a group's,
 * null for a single task.
 *
 * @see celery.result.AsyncResult.as_tuple
 */
export type ResultTuple = readonly [
  own: readonly [id: string, parent: ResultTuple | null],
  members: readonly ResultTuple[] | null,
];

/** Refers to a task's result. */
export function taskResultTuple(id: string, parent: ResultTuple | null = null): ResultTuple {
  return [[id, parent], null];
}

/** Refers to a group's results. */
export function groupResultTuple(
  id: string,
  members: readonly ResultTuple[],
  parent: ResultTuple | null = null,
): ResultTuple {
  return [[id, parent], members];
}

/** Where the line of a result's parents begins. */
export function firstResult(result: ResultTuple): ResultTuple {
  let first = result;
  for (let [[, parent]] = first; parent; [[, parent]] = first) first = parent;
  return first;
}

/**
 * So many results are written in each other at most: each takes two levels of JSON, of which Python reads a thousand, and
 * msgpack 511.
 */
const mostNested = 250;

/**
 * The same as it can be written and read by everyone: of a line of parents that is longer than 250 the first are left
 * out, for whom nobody waits. Celery writes them all, and fails where a chain of some 480 steps is a part of a chord.
 */
export function nearResults(results: readonly ResultTuple[]): readonly ResultTuple[] {
  return nested(results, mostNested);
}

/** @param left How many more may stand in each other, this one included. */
function nearResult(result: ResultTuple, left: number): ResultTuple {
  const line: ResultTuple[] = [];
  for (let next: ResultTuple | null = result; next && line.length < left; [[, next]] = next) {
    line.push(next);
  }
  const near = line.reduceRight<ResultTuple | null>(
    (parent, [[id], members], place) => [
      [id, parent],
      members === null ? null : nested(members, left - place - 1),
    ],
    null,
  );
  return near ?? result;
}

function nested(members: readonly ResultTuple[], left: number): ResultTuple[] {
  return members.map((member) => nearResult(member, Math.max(left, 1)));
}

/** The ids of single tasks among results, in order: a group's members stand for it, in any depth. */
export function leafIds(results: readonly ResultTuple[]): readonly string[] {
  return results.flatMap(([[id], members]) => (members === null ? [id] : leafIds(members)));
}

/**
 * Checks what was read from JSON; a bare id instead of `[id, parent]` is what Celery reads, too.
 *
 * @param place Where it stands, for errors.
 * @throws DecodeError
 * @see celery.result.result_from_tuple
 */
export function decodeResultTuple(value: unknown, place: string): ResultTuple {
  if (!Array.isArray(value) || value.length !== 2)
    throw wrong(place, '[[id, parent], members]', value);
  const [own, members] = value as unknown[];
  if (members !== null && !Array.isArray(members))
    throw wrong(`${place}[1]`, 'a list or null', members);
  return [decodeOwn(own, `${place}[0]`), members && decodeResultTuples(members, `${place}[1]`)];
}

/** As {@link decodeResultTuple}, a list of them. @throws DecodeError */
export function decodeResultTuples(value: unknown, place: string): readonly ResultTuple[] {
  if (!Array.isArray(value)) throw wrong(place, 'a list', value);
  return value.map((item, index) => decodeResultTuple(item, `${place}[${index}]`));
}

function decodeOwn(own: unknown, place: string): ResultTuple[0] {
  if (typeof own === 'string') return [own, null];
  const [id, parent] = Array.isArray(own) ? (own as unknown[]) : [];
  if (typeof id !== 'string') throw wrong(place, '[id, parent]', own);
  return [id, parent ? decodeResultTuple(parent, `${place}[1]`) : null];
}

function wrong(place: string, expected: string, got: unknown): DecodeError {
  return new DecodeError(
    `Not a result tuple: expected ${expected} as ${place}, got ${kindOf(got)}`,
  );
}

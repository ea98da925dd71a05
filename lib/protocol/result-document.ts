import { DecodeError } from '../errors.ts';
import { formatIsoDate } from './dates.ts';
import { isObject, kindOf } from './envelope.ts';
import { parseJson, parseStructure, stringifyMembers, stringifyPart } from './json.ts';
import { setOwn } from './own-property.ts';
import {
  decodeResultTuple,
  decodeResultTuples,
  nearResults,
  type ResultTuple,
} from './result-tuple.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';
import { DateTime } from './wire-values.ts';

/**
 * Celery's result document, in camelCase: what the `result` attribute of a result item holds.
 *
 * @see celery.backends.base.Backend._get_result_meta
 */
export interface ResultDocument {
  readonly taskId: string;
  /** One of Celery's states or the task's own. */
  readonly status: string;
  /** The value; for FAILURE, RETRY and REVOKED an exception object; for a state of the task's own, its meta. */
  readonly result: unknown;
  readonly traceback: string | null;
  /** What the task sent. */
  readonly children: readonly ResultTuple[];
  /** Set in final states; a text only where another writer's is no date. */
  readonly dateDone: Date | string | null;
  readonly groupId?: string | null;
  readonly parentId?: string | null;
  /** From here on: written with `resultExtended` alone; null where it is not known. */
  readonly name?: string | null;
  readonly args?: unknown;
  readonly kwargs?: unknown;
  /** The worker's host name. */
  readonly worker?: string | null;
  readonly retries?: number | null;
  readonly queue?: string | null;
  readonly stampedHeaders?: readonly string[] | null;
  /** Values of `stampedHeaders`, each a member of the document by its own name. */
  readonly stamps?: Readonly<Record<string, unknown>>;
  /** Members that another writer put there, as they are. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Members that a document may do without, by their names on the wire, in Celery's order. */
const optionalMembers = {
  group_id: 'groupId',
  parent_id: 'parentId',
  name: 'name',
  args: 'args',
  kwargs: 'kwargs',
  worker: 'worker',
  retries: 'retries',
  queue: 'queue',
  stamped_headers: 'stampedHeaders',
} as const;
const optionalEntries = Object.entries(optionalMembers);
const requiredMembers = ['status', 'result', 'traceback', 'children', 'date_done', 'task_id'];
const knownMembers: ReadonlySet<string> = new Set([
  ...requiredMembers,
  ...Object.keys(optionalMembers),
]);

/**
 * Writes a result document: UTF-8 JSON with Celery's members in Celery's order.
 *
 * @throws EncodeError that names the place of what JSON cannot carry: `result.when`.
 */
export function encodeResultDocument(document: ResultDocument): Uint8Array {
  return encodeUtf8(stringifyMembers(resultMembers(document)));
}

/** The members of a result document, in Celery's names and order: what a serializer writes. */
export function resultMembers(document: ResultDocument): Members {
  const members: Record<string, unknown> = {
    status: document.status,
    result: document.result ?? null,
    traceback: document.traceback,
    children: nearResults(document.children),
    date_done: encodeDate(document.dateDone),
  };
  for (const [key, field] of optionalEntries) {
    const value = document[field];
    if (value !== undefined) members[key] = value;
  }
  addUnnamed(members, document.stamps);
  addUnnamed(members, document.more);
  members.task_id = document.taskId;
  return members;
}

function addUnnamed(members: Record<string, unknown>, unnamed: Members | undefined): void {
  for (const key in unnamed) {
    if (!knownMembers.has(key) && unnamed[key] !== undefined) setOwn(members, key, unnamed[key]);
  }
}

/**
 * Reads a result document; compressed ones are for `lib/serializers`. As for Python, only `status` and `result` must
 * be there.
 *
 * @throws DecodeError
 */
export function decodeResultDocument(bytes: Uint8Array): ResultDocument {
  return decodeResultMembers(parseJson(readText(bytes, 'result document')));
}

/** Reads a result document from what a serializer made of it. @throws DecodeError */
export function decodeResultMembers(value: unknown): ResultDocument {
  const members = checkedObject(value, 'result document');
  const { status, result } = members;
  if (typeof status !== 'string' || result === undefined) {
    throw new DecodeError(
      `Not a result document: expected a text as "status" and a "result", got members ${Object.keys(members).join(', ')}`,
    );
  }
  return {
    taskId: text(members, 'task_id') ?? '',
    status,
    result,
    traceback: text(members, 'traceback') ?? null,
    children: members.children == null ? [] : decodeResultTuples(members.children, 'children'),
    dateDone: decodeDate(members.date_done),
    ...decodeOptional(members),
  };
}

/** Writes a saved group's document, which is its result tuple, as `nearResults` has it. @throws EncodeError */
export function encodeGroupDocument(group: ResultTuple): Uint8Array {
  return encodeUtf8(`{"result":${stringifyPart(groupMembers(group).result, 'result', 1)}}`);
}

/** The members of a saved group's document: what a serializer writes. */
export function groupMembers(group: ResultTuple): Members {
  const [result] = nearResults([group]);
  return { result };
}

/** As deep as Python's results can be that stand in each other by recursion, two levels each. */
const deepestGroup = 2000;

/** Reads a saved group's document: Python writes the lines of parents in it as long as it can. @throws DecodeError */
export function decodeGroupDocument(bytes: Uint8Array): ResultTuple {
  const json = readText(bytes, 'group document');
  return decodeGroupMembers(parseStructure(json, deepestGroup));
}

/** Reads a saved group's document from what a serializer made of it. @throws DecodeError */
export function decodeGroupMembers(value: unknown): ResultTuple {
  return decodeResultTuple(checkedObject(value, 'group document').result, 'result');
}

type Members = Readonly<Record<string, unknown>>;
type Optional = Partial<Omit<ResultDocument, 'status' | 'taskId'>>;

function readText(bytes: Uint8Array, what: string): string {
  const json = decodeUtf8(bytes);
  if (json === undefined) {
    throw new DecodeError(
      `Not a ${what}: expected JSON in UTF-8, got other bytes (decodeStoredDocument reads compressed ones)`,
    );
  }
  return json;
}

function checkedObject(value: unknown, what: string): Members {
  if (!isObject(value))
    throw new DecodeError(`Not a ${what}: expected an object, got ${kindOf(value)}`);
  return value;
}

function decodeOptional(members: Members): Optional {
  const fields: Record<string, unknown> = {};
  for (const [key, field] of optionalEntries) {
    if (members[key] !== undefined) fields[field] = checked(members, key);
  }
  const unnamed = Object.keys(members).filter((key) => !knownMembers.has(key));
  const stamped = (fields.stampedHeaders ?? []) as readonly string[];
  const stamps = unnamed.filter((key) => stamped.includes(key));
  const more = unnamed.filter((key) => !stamped.includes(key));
  if (stamps.length > 0) fields.stamps = pick(members, stamps);
  if (more.length > 0) fields.more = pick(members, more);
  return fields;
}

function checked(members: Members, key: string): unknown {
  const value = members[key];
  if (value === null || key === 'args' || key === 'kwargs') return value;
  if (key === 'retries' && typeof value === 'number') return value;
  if (key === 'stamped_headers' && Array.isArray(value)) return value.map(String);
  return text(members, key);
}

function text(members: Members, key: string): string | null | undefined {
  const value = members[key];
  if (value === null || value === undefined || typeof value === 'string') return value;
  throw new DecodeError(`Not a result document: "${key}" cannot be ${kindOf(value)}`);
}

function pick(members: Members, keys: readonly string[]): Members {
  const picked: Record<string, unknown> = Object.create(null);
  for (const key of keys) picked[key] = members[key];
  return picked;
}

function encodeDate(date: Date | string | null): string | null {
  if (date === null || typeof date === 'string') return date;
  return date instanceof DateTime ? date.toJSON() : formatIsoDate(date);
}

function decodeDate(value: unknown): Date | string | null {
  if (typeof value !== 'string') return value instanceof DateTime ? value : null;
  try {
    return new DateTime(value);
  } catch {
    return value; // A date only its writer understands, kept as it is.
  }
}

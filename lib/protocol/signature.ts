import { DecodeError } from '../errors.ts';
import { isObject, kindOf } from './envelope.ts';
import type { WireSignature } from './task-message.ts';
import { Uuid } from './wire-values.ts';

/**
 * Checks a signature that was read from JSON, and all in it: what is left out is empty, what Python would trip over
 * when it is its turn is refused at once.
 *
 * @param place Where it stands, for errors: `embed.chain[2]`.
 * @throws DecodeError that names the part: `embed.chain[2].kwargs.tasks`
 * @see celery.canvas.Signature.from_dict
 */
export function checkSignature(value: unknown, place: string): WireSignature {
  if (!isObject(value)) throw notASignature(place, 'a signature', value);
  const { task, subtask_type = null } = value;
  if (typeof task !== 'string' || task === '') throw notASignature(`${place}.task`, 'a text', task);
  if (subtask_type !== null && typeof subtask_type !== 'string') {
    throw notASignature(`${place}.subtask_type`, 'a text or null', subtask_type);
  }
  const kwargs = objectAt(value.kwargs, `${place}.kwargs`);
  return {
    ...value,
    task,
    args: listAt(value.args, `${place}.args`),
    kwargs: checkParts(task, subtask_type, kwargs, `${place}.kwargs`),
    options: checkOptions(objectAt(value.options, `${place}.options`), `${place}.options`),
    subtask_type,
    immutable: value.immutable === true,
  };
}

/** As {@link checkSignature}, a list of them. @throws DecodeError */
export function checkSignatures(value: unknown, place: string): readonly WireSignature[] {
  if (!Array.isArray(value)) throw notASignature(place, 'a list of signatures', value);
  return value.map((item, index) => checkSignature(item, `${place}[${index}]`));
}

type Fields = Readonly<Record<string, unknown>>;

/** What the kinds of signatures hold in their keyword arguments. Others hold what their task takes. */
function checkParts(task: string, type: string | null, kwargs: Fields, place: string): Fields {
  switch (type) {
    case null:
      return task === 'celery.chunks' ? checkChunks(kwargs, place) : kwargs;
    case 'chain':
    case 'group':
      return { ...kwargs, tasks: checkSignatures(kwargs.tasks, `${place}.tasks`) };
    case 'chord':
      return {
        ...kwargs,
        header: checkHeader(kwargs.header, `${place}.header`),
        body: checkSignature(kwargs.body, `${place}.body`),
        kwargs: objectAt(kwargs.kwargs, `${place}.kwargs`),
      };
    default:
      throw notASignature(
        place.replace(/kwargs$/, 'subtask_type'),
        'chain, group, chord or null',
        type,
      );
  }
}

function checkHeader(value: unknown, place: string): unknown {
  return Array.isArray(value) ? checkSignatures(value, place) : checkSignature(value, place);
}

function checkChunks(kwargs: Fields, place: string): Fields {
  const { it, n } = kwargs;
  if (typeof n !== 'number' || !Number.isInteger(n) || n < 1) {
    throw notASignature(`${place}.n`, 'a positive integer', n);
  }
  const task = checkSignature(kwargs.task, `${place}.task`);
  return { ...kwargs, task, it: listAt(it, `${place}.it`) };
}

/** Python writes a UUID as a value of its own type where a caller gave one for an id. */
const idOptions = ['task_id', 'root_id', 'parent_id', 'group_id'];

/** Signatures in options; a single one stands for a list of one. */
function checkOptions(options: Fields, place: string): Fields {
  const checked: Record<string, unknown> = {};
  for (const name of ['link', 'link_error', 'chain']) {
    const value = options[name];
    if (value === null || value === undefined) continue;
    checked[name] = checkSignatures(Array.isArray(value) ? value : [value], `${place}.${name}`);
  }
  for (const name of idOptions) {
    const id = options[name];
    if (id instanceof Uuid) checked[name] = id.text;
  }
  const { chord = null } = options;
  if (chord !== null) checked.chord = checkSignature(chord, `${place}.chord`);
  return { ...options, ...checked };
}

function objectAt(value: unknown, place: string): Fields {
  if (value === null || value === undefined) return {};
  if (!isObject(value)) throw notASignature(place, 'an object', value);
  return value;
}

function listAt(value: unknown, place: string): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw notASignature(place, 'a list', value);
  return value;
}

/** What is wrong with a part of a signature: where it stands, what was expected, and what came. */
export function notASignature(place: string, expected: string, value: unknown): DecodeError {
  const got = typeof value === 'string' ? `'${value.slice(0, 100)}'` : shown(value);
  return new DecodeError(`Not a signature: expected ${expected} as ${place}, got ${got}`);
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : kindOf(value);
}

import { inspect } from 'node:util';
import { ImproperlyConfigured } from '../errors.ts';
import type { WireSignature } from '../protocol/index.ts';
import { type Draft, draftOf, idOption, newChain } from './draft.ts';
import { without } from './merge-call.ts';

/**
 * The group of starmaps that chunks stand for, each with their options; undefined for anything else.
 *
 * @throws ImproperlyConfigured for chunks of a size that is none
 * @see celery.canvas.chunks.group
 */
export function chunkGroup({ task, kwargs, options }: WireSignature): WireSignature | undefined {
  const items: unknown = kwargs.it;
  if (task !== 'celery.chunks' || !Array.isArray(items)) return undefined;
  const size = checkChunkSize((kwargs.task as WireSignature | undefined)?.task, kwargs.n);
  const shared = without(options, 'task_id');
  const tasks: WireSignature[] = [];
  for (let start = 0; start < items.length; start += size) {
    const it = items.slice(start, start + size);
    tasks.push({ ...mapSignature('celery.starmap', { task: kwargs.task, it }), options: shared });
  }
  return {
    task: 'celery.group',
    args: [],
    kwargs: { tasks },
    options: idOption(options),
    subtask_type: 'group',
    immutable: false,
  };
}

/** By 0 items a time nobody gets to the end, and by 1.5 some are lost. @throws ImproperlyConfigured */
export function checkChunkSize(task: string | undefined, size: unknown): number {
  if (Number.isSafeInteger(size) && Number(size) >= 1) return Number(size);
  throw new ImproperlyConfigured(
    `Chunks of '${task}' expect how many items a task takes, a whole number from 1 on, got ${inspect(size, { depth: 0, maxStringLength: 100 })}`,
  );
}

/** Of a signature that is put into a group: chunks are theirs, so that their values stand in it one by one. */
export function memberOf(signature: WireSignature): Draft {
  return draftOf(chunkGroup(signature) ?? signature);
}

/**
 * Of a signature that comes after others or before: chunks hand on the list of their values, however many there are, where
 * a group of one would hand on its member's, and one of none would be left out.
 */
export function stepOf(signature: WireSignature): Draft {
  const group = chunkGroup(signature);
  const tasks = group ? (group.kwargs.tasks as readonly WireSignature[]) : [];
  if (!group || tasks.length > 1) return draftOf(group ?? signature);
  return newChain([...tasks, listing(tasks, group.options)].map(draftOf));
}

/** Answers what is put in front of it as a list: nothing, where there are no tasks. @see celery.accumulate */
function listing(tasks: readonly unknown[], options: WireSignature['options']): WireSignature {
  const immutable = tasks.length === 0;
  return {
    task: 'celery.accumulate',
    args: [],
    kwargs: {},
    options,
    subtask_type: null,
    immutable,
  };
}

/** A call of one of the tasks that every worker has: it takes nothing in front. */
export function mapSignature(
  task: 'celery.map' | 'celery.starmap' | 'celery.chunks',
  kwargs: Readonly<Record<string, unknown>>,
): WireSignature {
  return { task, args: [], kwargs, options: {}, subtask_type: null, immutable: true };
}

import { inspect } from 'node:util';
import { ImproperlyConfigured } from '../errors.ts';
import type { WireSignature } from '../protocol/index.ts';

/**
 * The group of starmaps that chunks stand for; undefined for anything else.
 *
 * @throws ImproperlyConfigured for chunks of a size that is none
 * @see celery.canvas.chunks.group
 */
export function chunkGroup({ task, kwargs, options }: WireSignature): WireSignature | undefined {
  if (task !== 'celery.chunks') return undefined;
  const items = kwargs.it as readonly unknown[];
  const size = checkChunkSize((kwargs.task as WireSignature | undefined)?.task, kwargs.n);
  const tasks: WireSignature[] = [];
  for (let start = 0; start < items.length; start += size) {
    const it = items.slice(start, start + size);
    tasks.push(mapSignature('celery.starmap', { task: kwargs.task, it }));
  }
  return {
    task: 'celery.group',
    args: [],
    kwargs: { tasks },
    options,
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

/** A call of one of the tasks that every worker has: it takes nothing in front. */
export function mapSignature(
  task: 'celery.map' | 'celery.starmap' | 'celery.chunks',
  kwargs: Readonly<Record<string, unknown>>,
): WireSignature {
  return { task, args: [], kwargs, options: {}, subtask_type: null, immutable: true };
}

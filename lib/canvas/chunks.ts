import type { WireSignature } from '../protocol/index.ts';

/** The group of starmaps that chunks stand for; undefined for anything else. @see celery.canvas.chunks.group */
export function chunkGroup({ task, kwargs, options }: WireSignature): WireSignature | undefined {
  if (task !== 'celery.chunks') return undefined;
  const items = kwargs.it as readonly unknown[];
  const size = kwargs.n as number;
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

/** A call of one of the tasks that every worker has: it takes nothing in front. */
export function mapSignature(
  task: 'celery.map' | 'celery.starmap' | 'celery.chunks',
  kwargs: Readonly<Record<string, unknown>>,
): WireSignature {
  return { task, args: [], kwargs, options: {}, subtask_type: null, immutable: true };
}

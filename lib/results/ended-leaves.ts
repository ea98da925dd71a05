import { type AsyncResult, isKept, keep, ownerOf } from './async-result.ts';
import { leavesOf } from './leaves.ts';
import type { GetOptions } from './results.ts';

/**
 * The single tasks of all these results as they end, those that are known to have ended first. Each knows its state then.
 *
 * @throws RuntimeError inside a task, and all that waiting does
 */
export async function* endedLeaves(
  results: readonly AsyncResult[],
  options: GetOptions,
): AsyncGenerator<AsyncResult, void, undefined> {
  const unfinished = new Map<string, AsyncResult[]>();
  for (const leaf of new Set(results.flatMap(leavesOf))) {
    if (leaf.ignored || isKept(leaf)) yield leaf;
    else unfinished.set(leaf.id, [...(unfinished.get(leaf.id) ?? []), leaf]);
  }
  const [first] = [...unfinished.values()].flat();
  if (first === undefined) return;
  const owner = ownerOf(first);
  if (options.disableSyncSubtasks !== false) owner.assertWillNotBlock(first.id);
  for await (const [id, snapshot] of owner.ended([...unfinished.keys()], options)) {
    for (const leaf of unfinished.get(id) ?? []) {
      keep(leaf, snapshot);
      yield leaf;
    }
  }
}

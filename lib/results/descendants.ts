import type { AsyncResult } from './async-result.ts';
import { isGroup } from './leaves.ts';
import { ResultGraph, type ResultNode } from './result-graph.ts';
import type { GetOptions } from './results.ts';

/**
 * A result and all that follows from it, level by level, each with its value: waits for one after the other.
 *
 * @see celery.result.AsyncResult.collect
 */
export async function* collect(
  root: AsyncResult,
  options: GetOptions,
): AsyncGenerator<readonly [result: AsyncResult, value: unknown], void, undefined> {
  const queue = [root];
  // A queue that grows while it is walked: what is appended is walked, too.
  for (const result of queue) {
    yield [result, await result.get(options)];
    queue.push(...(await result.children()));
  }
}

/** A result and all that follows from it as it stands, read a level at a time. @throws OperationalError, DecodeError */
export async function graphOf(root: AsyncResult): Promise<ResultGraph> {
  const nodes = new Map<string, ResultNode>();
  const edges: (readonly [string, string])[] = [];
  for (let level = [root]; level.length > 0; ) {
    const described = await Promise.all(level.map(describe));
    for (const { node } of described) nodes.set(node.id, node);
    const next = new Map<string, AsyncResult>();
    for (const { node, children } of described) {
      for (const child of children) {
        edges.push([node.id, child.id]);
        if (!nodes.has(child.id)) next.set(child.id, child);
      }
    }
    level = [...next.values()];
  }
  return new ResultGraph([...nodes.values()], edges);
}

/** Asked in one turn: it is one read, together with the rest of the level. */
async function describe(result: AsyncResult): Promise<{
  readonly node: ResultNode;
  readonly children: readonly AsyncResult[];
}> {
  const kind = isGroup(result) ? 'group' : 'task';
  const [state, name, children] = await Promise.all([
    result.state(),
    kind === 'task' ? result.name() : null,
    result.children(),
  ]);
  return { node: { id: result.id, kind, state, name, result }, children };
}

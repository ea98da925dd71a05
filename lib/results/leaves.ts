import type { AsyncResult } from './async-result.ts';

/** Results of a group, as `GroupResult` has them. */
interface WithMembers {
  readonly results: readonly AsyncResult[];
}

/** The results of single tasks that a result consists of: itself, or those of a group's members. */
export function leavesOf(result: AsyncResult): readonly AsyncResult[] {
  return isGroup(result) ? result.results.flatMap(leavesOf) : [result];
}

/** By what it has: its class stands above this. */
export function isGroup(result: AsyncResult): result is AsyncResult & WithMembers {
  return 'results' in result;
}

/** The single tasks of results, and of what came before each of them. */
export function withParents(results: readonly AsyncResult[]): readonly AsyncResult[] {
  const all = results.flatMap(leavesOf);
  // A list that grows while it is walked: what is appended is walked, too.
  for (const { parent } of all) if (parent) all.push(...leavesOf(parent));
  return all;
}

import { groupResultTuple, type ResultTuple, taskResultTuple } from '../protocol/index.ts';

/** A result while it is planned: its parent may be known later than itself. */
export interface ResultNode {
  readonly id: string;
  /** A group's. */
  readonly members: readonly ResultNode[] | null;
  parent: ResultNode | null;
}

/** A single task's. */
export function taskNode(id: string): ResultNode {
  return { id, members: null, parent: null };
}

/** A group's. */
export function groupNode(id: string, members: readonly ResultNode[]): ResultNode {
  return { id, members, parent: null };
}

/** Where the line of parents begins. */
export function rootOf(node: ResultNode): ResultNode {
  let root = node;
  while (root.parent) root = root.parent;
  return root;
}

/** As Celery writes results; a chain's line of parents may be long, so it is not walked by recursion. */
export function resultTuple(node: ResultNode): ResultTuple {
  const line: ResultNode[] = [];
  for (let next: ResultNode | null = node; next; next = next.parent) line.push(next);
  return line.reduceRight<ResultTuple | null>(
    (parent, { id, members }) =>
      members
        ? groupResultTuple(id, members.map(resultTuple), parent)
        : taskResultTuple(id, parent),
    null,
  ) as ResultTuple;
}

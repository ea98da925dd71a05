import type { WireSignature } from '../protocol/index.ts';
import { chainSteps } from './chain-steps.ts';
import { type Draft, draftOf, isChain, isChord, isGroup, listOf } from './draft.ts';

/** A task of a canvas, or the place where the parts of a chord come together. */
export interface CanvasNode {
  readonly kind: 'task' | 'chord';
  /** The task's name; of a chord `chord`. */
  readonly name: string;
  /** The arguments that it holds. */
  readonly args: readonly unknown[];
  /** null: it has no id yet, or is a chord. */
  readonly taskId: string | null;
}

/** What goes from a node to another: nodes by their index. */
export interface CanvasEdge {
  readonly from: number;
  readonly to: number;
  /** Why it is followed: the value is handed on, or an option says so. */
  readonly kind: 'next' | 'link' | 'link_error';
}

/** A canvas as nodes and edges. */
export interface CanvasGraph {
  readonly nodes: readonly CanvasNode[];
  readonly edges: readonly CanvasEdge[];
}

/** Where a part of a canvas begins and ends. */
interface Ends {
  readonly heads: readonly number[];
  readonly tails: readonly number[];
}

/** What runs in a canvas, and what after what: edges in the order of the nodes that they leave. */
export function canvasGraph(signature: WireSignature): CanvasGraph {
  const graph = new GraphBuilder();
  graph.add(draftOf(signature));
  const edges = graph.edges.toSorted((a, b) => a.from - b.from || a.to - b.to);
  return { nodes: graph.nodes, edges };
}

class GraphBuilder implements CanvasGraph {
  readonly nodes: CanvasNode[] = [];
  readonly edges: CanvasEdge[] = [];

  add(draft: Draft): Ends {
    const ends = this.#addParts(draft);
    const { link, link_error } = draft.options;
    this.#addLinks(ends.tails, 'link', listOf(link));
    this.#addLinks(isChain(draft) ? ends.heads : ends.tails, 'link_error', listOf(link_error));
    return ends;
  }

  #addParts(draft: Draft): Ends {
    if (isChain(draft)) return this.#addChain(draft.kwargs.tasks);
    if (isGroup(draft)) return this.#addGroup(draft.kwargs.tasks);
    if (isChord(draft)) {
      const { header, body } = draft.kwargs;
      return this.#addAfter(this.#joined(this.#addGroup(header.kwargs.tasks)), body);
    }
    const taskId = typeof draft.options.task_id === 'string' ? draft.options.task_id : null;
    return this.#addNode({ kind: 'task', name: draft.task, args: draft.args, taskId });
  }

  #addNode(node: CanvasNode): Ends {
    const index = this.nodes.push(node) - 1;
    return { heads: [index], tails: [index] };
  }

  #addChain(tasks: readonly Draft[]): Ends {
    const [first, ...rest] = chainSteps(tasks, { split: true, errbacksOnHeader: false });
    if (!first) return { heads: [], tails: [] };
    let before = first;
    return rest.reduce<Ends>((ends, step) => {
      const from = isGroup(before) ? this.#joined(ends) : ends;
      before = step;
      return this.#addAfter(from, step);
    }, this.add(first));
  }

  #addGroup(tasks: readonly Draft[]): Ends {
    const parts = tasks.map((task) => this.add(task));
    return {
      heads: parts.flatMap(({ heads }) => heads),
      tails: parts.flatMap(({ tails }) => tails),
    };
  }

  #addAfter({ heads, tails }: Ends, step: Draft): Ends {
    const added = this.add(step);
    this.#connect(tails, added.heads, 'next');
    return { heads: heads.length > 0 ? heads : added.heads, tails: added.tails };
  }

  /** Many parts come together in one node, so that as many edges leave it as there are steps after them. */
  #joined({ heads, tails }: Ends): Ends {
    if (tails.length === 0) return { heads, tails };
    const chord = this.#addNode({ kind: 'chord', name: 'chord', args: [], taskId: null });
    this.#connect(tails, chord.heads, 'next');
    return { heads, tails: chord.tails };
  }

  #addLinks(
    from: readonly number[],
    kind: 'link' | 'link_error',
    links: readonly WireSignature[],
  ): void {
    for (const link of links) this.#connect(from, this.add(draftOf(link)).heads, kind);
  }

  #connect(from: readonly number[], to: readonly number[], kind: CanvasEdge['kind']): void {
    for (const start of from) for (const end of to) this.edges.push({ from: start, to: end, kind });
  }
}

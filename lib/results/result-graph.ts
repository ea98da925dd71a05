import type { AsyncResult } from './async-result.ts';
import { drawAsDot, drawAsMermaid } from './result-drawing.ts';

/** A task of a run, or a group of them. */
export interface ResultNode {
  readonly id: string;
  readonly kind: 'task' | 'group';
  readonly state: string;
  /** The task's name, where `resultExtended` stores it. */
  readonly name: string | null;
  readonly result: AsyncResult;
}

/** Who sent whom, as far as it was known when it was asked for. */
export class ResultGraph {
  /** Level by level, each once. */
  readonly nodes: readonly ResultNode[];
  /** From the task, or the group, to what it sent or consists of. */
  readonly edges: readonly (readonly [from: string, to: string])[];

  constructor(nodes: ResultGraph['nodes'], edges: ResultGraph['edges']) {
    this.nodes = nodes;
    this.edges = edges;
  }

  /** Draws it, coloured by state. @see https://mermaid.js.org/syntax/flowchart.html */
  toMermaid(): string {
    return drawAsMermaid(this);
  }

  /** Draws it in Graphviz' language. @see https://graphviz.org/doc/info/lang.html */
  toDot(): string {
    return drawAsDot(this);
  }
}

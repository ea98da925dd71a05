import { reprArgs, type WireSignature } from '../protocol/index.ts';
import { dotText, mermaidText } from '../results/result-drawing.ts';
import { type CanvasEdge, type CanvasNode, canvasGraph } from './canvas-graph.ts';
import type { AnySignature } from './signature.ts';

/**
 * A canvas as Mermaid's flowchart, before it runs.
 *
 * @example console.log(toMermaid(chain(add.s(1, 2), group([mul.s(3), mul.s(4)]), xsum.s())));
 */
export function toMermaid(signature: AnySignature | WireSignature): string {
  const { nodes, edges } = canvasGraph(wireForm(signature));
  const boxes = nodes.map((node, index) => {
    const label = mermaidText(labelOf(node));
    return `  n${index}${node.kind === 'chord' ? `{{"${label}"}}` : `["${label}"]`}`;
  });
  const arrows = edges.map(({ from, to, kind }) => `  n${from} ${mermaidArrow[kind]} n${to}`);
  return ['flowchart TD', ...boxes, ...arrows, ''].join('\n');
}

/** A canvas as Graphviz' digraph, before it runs. */
export function toDot(signature: AnySignature | WireSignature): string {
  const { nodes, edges } = canvasGraph(wireForm(signature));
  const boxes = nodes.map((node, index) => {
    const shape = node.kind === 'chord' ? 'hexagon' : 'box';
    return `  n${index} [label="${dotText(labelOf(node))}", shape=${shape}];`;
  });
  const arrows = edges.map(({ from, to, kind }) => `  n${from} -> n${to}${dotStyle[kind]};`);
  return ['digraph {', ...boxes, ...arrows, '}', ''].join('\n');
}

const mermaidArrow: Readonly<Record<CanvasEdge['kind'], string>> = {
  next: '-->',
  link: '-. link .->',
  link_error: '-. link_error .->',
};

const dotStyle: Readonly<Record<CanvasEdge['kind'], string>> = {
  next: '',
  link: ' [label="link", style=dashed]',
  link_error: ' [label="link_error", style=dashed]',
};

function wireForm(signature: AnySignature | WireSignature): WireSignature {
  return 'toJSON' in signature && typeof signature.toJSON === 'function'
    ? (signature.toJSON() as WireSignature)
    : (signature as WireSignature);
}

/** As Python shows a signature: `add(1, 2)`. */
function labelOf({ kind, name, args }: CanvasNode): string {
  return kind === 'chord' ? name : `${name}${reprArgs(args).replace(/,\)$/, ')')}`;
}

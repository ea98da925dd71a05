import type { ResultGraph, ResultNode } from './result-graph.ts';

type Drawn = Pick<ResultGraph, 'nodes' | 'edges'>;

/** Colours of states, as Mermaid and Graphviz know them. */
const colours: ReadonlyMap<string, string> = new Map([
  ['SUCCESS', '#b7e4c7'],
  ['FAILURE', '#ffb3b3'],
  ['REVOKED', '#d9d9d9'],
  ['RETRY', '#ffe0b3'],
  ['STARTED', '#cfe8ff'],
]);

/** As Mermaid's flowchart. */
export function drawAsMermaid(graph: Drawn): string {
  const { places, lines } = numbered(graph);
  const nodes = graph.nodes.map((node, place) => {
    const label = lines(node).map(mermaidText).join('<br/>');
    return `  n${place}${node.kind === 'group' ? `{{"${label}"}}` : `["${label}"]`}`;
  });
  const styles = graph.nodes.flatMap(({ state }, place) => {
    const colour = colours.get(state);
    return colour === undefined ? [] : [`  style n${place} fill:${colour}`];
  });
  const edges = graph.edges.map(([from, to]) => `  n${places.get(from)} --> n${places.get(to)}`);
  return ['flowchart TD', ...nodes, ...edges, ...styles, ''].join('\n');
}

/** As Graphviz' digraph. */
export function drawAsDot(graph: Drawn): string {
  const { places, lines } = numbered(graph);
  const nodes = graph.nodes.map((node, place) => {
    const label = lines(node).map(dotText).join('\\n');
    const shape = node.kind === 'group' ? 'hexagon' : 'box';
    const colour = colours.get(node.state) ?? 'white';
    return `  n${place} [label="${label}", shape=${shape}, style=filled, fillcolor="${colour}"];`;
  });
  const edges = graph.edges.map(([from, to]) => `  n${places.get(from)} -> n${places.get(to)};`);
  return ['digraph {', ...nodes, ...edges, '}', ''].join('\n');
}

/** Ids may hold anything: nodes are named by their place. */
function numbered({ nodes }: Drawn) {
  const places = new Map(nodes.map(({ id }, place) => [id, place]));
  const lines = ({ kind, name, id, state }: ResultNode) => [
    ...(kind === 'group' ? ['group'] : name === null ? [] : [name]),
    id,
    state,
  ];
  return { places, lines };
}

/** Text that Mermaid takes between quotes. */
export function mermaidText(text: string): string {
  return text.replace(/[#"<>&\n\r]/g, (char) => `#${char.charCodeAt(0)};`);
}

/** Text that Graphviz takes between quotes. */
export function dotText(text: string): string {
  return text.replace(/["\\]/g, '\\$&').replace(/[\n\r]/g, ' ');
}

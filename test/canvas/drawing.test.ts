import { describe, expect, test } from 'vitest';
import { canvasGraph } from '../../lib/canvas/index.ts';
import { Celery, chain, chord, group, toDot, toMermaid } from '../../lib/index.ts';
import { aCanvas, aTask } from './plans.ts';

const app = new Celery('drawings', { engine: 'memory' });
const add = app.task('add', (x: number, y: number) => x + y);
const sum = app.task('sum', (numbers: readonly number[]) => numbers.length);
const echo = app.task('echo', (text: string) => text);

describe('toMermaid', () => {
  test('draws a chord where the parts of a group come together', () => {
    const canvas = chain(add.s(1, 2), group([add.s(3), add.s(4)]), sum.s(), add.s(5));

    expect(toMermaid(canvas)).toBe(`flowchart TD
  n0["add(1, 2)"]
  n1["add(3)"]
  n2["add(4)"]
  n3{{"chord"}}
  n4["sum()"]
  n5["add(5)"]
  n0 --> n1
  n0 --> n2
  n1 --> n3
  n2 --> n3
  n3 --> n4
  n4 --> n5
`);
  });

  test('draws links, which are no steps', () => {
    const signature = add.s(1, 2);
    signature.link(add.s(3));
    signature.linkError(echo.s('failed'));

    expect(toMermaid(signature)).toBe(`flowchart TD
  n0["add(1, 2)"]
  n1["add(3)"]
  n2["echo('failed')"]
  n0 -. link .-> n1
  n0 -. link_error .-> n2
`);
  });

  test('lets no argument end its label', () => {
    expect(toMermaid(echo.s('"]; <b>'))).toContain('["echo(\'#34;]; #60;b#62;\')"]');
  });
});

describe('toDot', () => {
  test('draws the same for Graphviz', () => {
    const canvas = chord([add.s(1, 2), echo.s('"')], sum.s().onError(echo.s('failed')) as never);

    expect(toDot(canvas)).toBe(`digraph {
  n0 [label="add(1, 2)", shape=box];
  n1 [label="echo('\\"')", shape=box];
  n2 [label="chord", shape=hexagon];
  n3 [label="sum()", shape=box];
  n4 [label="echo('failed')", shape=box];
  n0 -> n2;
  n1 -> n2;
  n2 -> n3;
  n3 -> n4 [label="link_error", style=dashed];
}
`);
  });
});

describe('canvasGraph', () => {
  test('takes what came from a message, with the ids that are settled', () => {
    const { nodes } = canvasGraph(aCanvas('chain', [aTask('a', { options: { task_id: 'x' } })]));

    expect(nodes).toEqual([{ kind: 'task', name: 'a', args: [], taskId: 'x' }]);
  });

  test('has as many edges as parts where a group follows a group', () => {
    const wide = () =>
      aCanvas(
        'group',
        Array.from({ length: 100 }, () => aTask('a')),
      );

    expect(canvasGraph(aCanvas('chain', [wide(), wide()])).edges).toHaveLength(200);
  });

  test('of nothing is empty', () => {
    expect(canvasGraph(aCanvas('group', []))).toMatchObject({ nodes: [], edges: [] });
  });
});

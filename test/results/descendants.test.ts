import { describe, expect, test } from 'vitest';
import {
  groupResultTuple,
  type ResultTuple,
  taskResultTuple,
  ValueError,
} from '../../lib/protocol/index.ts';
import { GroupResult } from '../../lib/results/index.ts';
import resultChain from '../fixtures/vectors/result-chain.json' with { type: 'json' };
import resultChildren from '../fixtures/vectors/result-children.json' with { type: 'json' };
import { failedWith, settle, someResults } from './support.ts';

/** Celery's own example: A sends a group of B, each of which sends a task. */
function aTree() {
  const setup = someResults();
  const group = groupResultTuple('g', [taskResultTuple('b0'), taskResultTuple('b1')]);
  setup.put('a', { result: 'A', name: 'shop.a', children: [group] });
  setup.put('b0', { result: 'B0', children: [taskResultTuple('c0')] });
  setup.put('b1', { result: 'B1', children: [taskResultTuple('c1')] });
  setup.put('c0', { result: 0 });
  return setup;
}

type Documents = readonly { document?: unknown }[];

function storedBy(calls: Documents): { id: string; fields: object; children: ResultTuple[] }[] {
  return calls.flatMap(({ document }) => {
    const { task_id: id, ...fields } = (document ?? {}) as Record<string, unknown>;
    return typeof id === 'string'
      ? [{ id, fields, children: fields.children as ResultTuple[] }]
      : [];
  });
}

describe('collect', () => {
  test('gives a result and all that follows from it, level by level, with their values', async () => {
    const { results, put } = aTree();
    put('c1', { result: 1 });

    const seen = [];
    for await (const [{ id }, value] of results.asyncResult('a').collect()) seen.push([id, value]);

    expect(seen).toEqual([
      ['a', 'A'],
      ['g', ['B0', 'B1']],
      ['b0', 'B0'],
      ['b1', 'B1'],
      ['c0', 0],
      ['c1', 1],
    ]);
  });

  test('waits for what has not ended', async () => {
    const { results, put, elapse } = aTree();
    const seen: string[] = [];
    const collecting = (async () => {
      for await (const [{ id }] of results.asyncResult('a').collect({ timeout: 60 })) seen.push(id);
    })();
    await settle();
    await elapse(10);
    const before = seen.length;
    put('c1');
    await elapse(3);
    await collecting;

    expect(before).toBe(5);
    expect(seen).toHaveLength(6);
  });

  test('rejects with the error of what failed', async () => {
    const { results, put } = aTree();
    put('c1', failedWith(new ValueError('no')));
    const collecting = (async () => {
      for await (const _ of results.asyncResult('a').collect());
    })();

    await expect(collecting).rejects.toThrow(ValueError);
  });

  test("follows what Celery stored of a chain, and of a task's children", async () => {
    const { results, put } = someResults();
    const chain = storedBy(resultChain.calls);
    const spawned = storedBy(resultChildren.calls);
    for (const { id, fields } of [...chain, ...spawned]) put(id, { taskId: id, ...fields });

    const collected = async (root: string) => {
      const seen: string[] = [];
      for await (const [{ id }] of results.asyncResult(root).collect()) seen.push(id);
      return seen;
    };

    expect(await collected(chain[0]?.id ?? '')).toEqual(chain.map(({ id }) => id));
    const sent = spawned.find(({ children }) => children.length > 0);
    expect(await collected(sent?.id ?? '')).toEqual([
      sent?.id,
      ...(sent?.children ?? []).map(([[id]]) => id),
    ]);
  });
});

describe('children', () => {
  test('are tasks and groups', async () => {
    const { results } = aTree();
    const [child] = await results.asyncResult('a').children();

    expect(child).toBeInstanceOf(GroupResult);
    expect((await child?.children())?.map(({ id }) => id)).toEqual(['b0', 'b1']);
  });
});

describe('parents', () => {
  test('of a chain lead back to its first step', () => {
    const { results } = someResults();
    const tuple = taskResultTuple('c', taskResultTuple('b', taskResultTuple('a')));
    const last = results.resultFromTuple(tuple);

    expect(last.parent?.id).toBe('b');
    expect(last.parent).toBe(last.parent);
    expect(last.parent?.parent?.id).toBe('a');
    expect(last.parent?.parent?.parent).toBeUndefined();
    expect(last.asTuple()).toEqual(tuple);
  });

  test('of a chord are the group of its header', async () => {
    const { results, put } = someResults();
    const header = groupResultTuple('g', [taskResultTuple('a'), taskResultTuple('b')]);
    const body = results.resultFromTuple(taskResultTuple('body', header));
    for (const id of ['a', 'b']) put(id, { result: id });

    expect(body.parent).toBeInstanceOf(GroupResult);
    expect(await body.parent?.get()).toEqual(['a', 'b']);
  });

  test('are forgotten with the result', async () => {
    const { results, put, items } = someResults();
    for (const id of ['a', 'b', 'c', 'd']) put(id);
    const last = results.resultFromTuple(
      taskResultTuple('c', taskResultTuple('b', taskResultTuple('a'))),
    );

    await last.forget();

    expect([...items.keys()]).toEqual(['d']);
  });

  test('of a chain of ten thousand are no trouble', () => {
    const { results } = someResults();
    let tuple = taskResultTuple('0');
    for (let step = 1; step < 10_000; step++) tuple = taskResultTuple(`${step}`, tuple);

    let [result, steps] = [results.resultFromTuple(tuple), 1];
    for (; result.parent; result = result.parent) steps += 1;

    expect(steps).toBe(10_000);
  });
});

describe('a graph', () => {
  test('tells what sent what and how it stands, a level a read', async () => {
    const { results, reads } = aTree();

    const { nodes, edges } = await results.asyncResult('a').graph();

    expect(nodes.map(({ id, kind, state, name }) => [id, kind, state, name])).toEqual([
      ['a', 'task', 'SUCCESS', 'shop.a'],
      ['g', 'group', 'SUCCESS', null],
      ['b0', 'task', 'SUCCESS', null],
      ['b1', 'task', 'SUCCESS', null],
      ['c0', 'task', 'SUCCESS', null],
      ['c1', 'task', 'PENDING', null],
    ]);
    expect(edges).toEqual([
      ['a', 'g'],
      ['g', 'b0'],
      ['g', 'b1'],
      ['b0', 'c0'],
      ['b1', 'c1'],
    ]);
    expect(reads.length).toBeLessThanOrEqual(4);
  });

  test('names what is reached by two ways once: the body of a chord', async () => {
    const { results, put } = someResults();
    const group = groupResultTuple('g', [taskResultTuple('a'), taskResultTuple('b')]);
    const body = taskResultTuple('body');
    put('a', { children: [body] });
    put('b', { children: [body] });

    const { nodes, edges } = await results.resultFromTuple(group).graph();

    expect(nodes.map(({ id }) => id)).toEqual(['g', 'a', 'b', 'body']);
    expect(edges.filter(([, to]) => to === 'body')).toHaveLength(2);
  });

  test('is drawn with names and states, whatever the ids hold', async () => {
    const { results, put } = someResults();
    put('say "a"', {
      name: 'shop.a',
      children: [groupResultTuple('g', [taskResultTuple('b\\<i>')])],
    });
    const graph = await results.asyncResult('say "a"').graph();

    expect(graph.toMermaid()).toBe(
      [
        'flowchart TD',
        '  n0["shop.a<br/>say #34;a#34;<br/>SUCCESS"]',
        '  n1{{"group<br/>g<br/>PENDING"}}',
        '  n2["b\\#60;i#62;<br/>PENDING"]',
        '  n0 --> n1',
        '  n1 --> n2',
        '  style n0 fill:#b7e4c7',
        '',
      ].join('\n'),
    );
    expect(graph.toDot()).toBe(
      [
        'digraph {',
        '  n0 [label="shop.a\\nsay \\"a\\"\\nSUCCESS", shape=box, style=filled, fillcolor="#b7e4c7"];',
        '  n1 [label="group\\ng\\nPENDING", shape=hexagon, style=filled, fillcolor="white"];',
        '  n2 [label="b\\\\<i>\\nPENDING", shape=box, style=filled, fillcolor="white"];',
        '  n0 -> n1;',
        '  n1 -> n2;',
        '}',
        '',
      ].join('\n'),
    );
  });
});

import { describe, expect, test } from 'vitest';
import {
  planAddition,
  planBody,
  planCallbacks,
  planErrbacks,
  planNextStep,
  planReplacement,
  type Replaced,
} from '../../lib/canvas/index.ts';
import type { Embed, WireSignature } from '../../lib/protocol/index.ts';
import { aCanvas, aChord, aTask, countedIds, restOf, sentBy } from './plans.ts';

const application = { parentId: 'done', rootId: 'root' };

describe('planCallbacks', () => {
  const callbacks = (...list: WireSignature[]) => planCallbacks(list, 7, application, countedIds());

  test('applies a single one as it is', () => {
    const [plan, ...more] = callbacks(aTask('a'));

    expect(more).toEqual([]);
    expect(plan?.messages).toMatchObject([
      { task: 'a', args: [7], options: { parent_id: 'done', root_id: 'root' } },
    ]);
    expect(plan?.messages[0]?.options).not.toHaveProperty('group_id');
  });

  test('sends groups first, and all others as one new group', () => {
    const [group, others, ...more] = callbacks(
      aTask('a'),
      aCanvas('group', [aTask('b'), aTask('c')]),
      aTask('d'),
    );

    expect(more).toEqual([]);
    expect(group?.messages.map(({ task }) => task)).toEqual(['b', 'c']);
    expect(others?.messages).toMatchObject([
      { task: 'a', args: [7], options: { group_index: 0 } },
      { task: 'd', args: [7], options: { group_index: 1 } },
    ]);
  });

  test('of several groups makes no empty one', () => {
    const group = aCanvas('group', [aTask('b'), aTask('c')]);

    expect(callbacks(group, group)).toHaveLength(2);
  });

  test('are none without any', () => {
    expect(callbacks()).toEqual([]);
  });

  test('hand a value to no immutable one', () => {
    expect(callbacks(aTask('a', { args: [1], immutable: true }))[0]?.messages[0]?.args).toEqual([
      1,
    ]);
  });

  test('may be whole chains, whose first step gets the value', () => {
    const [plan] = callbacks(aCanvas('chain', [aTask('a'), aTask('b')]));

    expect(plan?.messages).toMatchObject([
      { task: 'a', args: [7], options: { parent_id: 'done', chain: [{ task: 'b' }] } },
    ]);
    expect(plan?.result).toEqual([['id-0', [['id-1', null], null]], null]);
  });
});

describe('planNextStep', () => {
  const next = (...chain: WireSignature[]) => planNextStep(chain, 7, application, countedIds());

  test('is undefined after the last step', () => {
    expect(next()).toBeUndefined();
  });

  test('hands the rest to the members of a chord by way of its body', () => {
    const plan = next(
      aTask('last'),
      aTask('after'),
      aChord([aTask('a'), aTask('b')], aTask('body')),
    );

    expect(plan?.chords[0]?.body.options.chain).toMatchObject([
      { task: 'last' },
      { task: 'after' },
    ]);
    expect(plan?.messages).toMatchObject([
      { task: 'a', args: [7], options: { chord: { task: 'body' } } },
      { task: 'b', args: [7] },
    ]);
    expect(plan?.messages[0]?.options).not.toHaveProperty('chain');
  });

  test('hands the value to each member of a group', () => {
    const plan = next(aCanvas('group', [aTask('a'), aTask('b')]));

    expect(plan?.messages.map(({ args }) => args)).toEqual([[7], [7]]);
    expect(plan?.result[1]).toHaveLength(2);
  });

  test('takes a priority that is inherited', () => {
    const plan = planNextStep(
      [aTask('a')],
      7,
      { ...application, options: { priority: 3 } },
      countedIds(),
    );

    expect(plan?.messages[0]?.options).toMatchObject({ priority: 3, chain: [] });
  });
});

test('planBody gives a group the list of values in each of its members', () => {
  const body = aCanvas('group', [aTask('a'), aTask('b')]);

  expect(planBody(body, [1, 2], application, countedIds()).messages).toMatchObject([
    { task: 'a', args: [[1, 2]], options: { parent_id: 'done', root_id: 'root' } },
    { task: 'b', args: [[1, 2]] },
  ]);
});

test('planErrbacks names the failed task as parent, and as root where none is known', () => {
  const plan = planErrbacks([aTask('a', { args: ['own'] })], 'failed', {}, countedIds());

  expect(plan.messages).toMatchObject([
    { task: 'a', args: ['failed', 'own'], options: { parent_id: 'failed', root_id: 'failed' } },
  ]);
});

const nothing: Embed = { callbacks: null, errbacks: null, chain: null, chord: null };

function aReplaced(parts: Partial<Replaced> = {}): Replaced {
  return {
    id: 'replaced',
    embed: nothing,
    group: null,
    groupIndex: null,
    rootId: 'root',
    replacedTaskNesting: 0,
    ...parts,
  };
}

describe('planReplacement', () => {
  test('takes the place of a part of a chord', () => {
    const embed = { ...nothing, chord: aTask('body') };
    const replaced = aReplaced({ embed, group: 'g', groupIndex: 4, replacedTaskNesting: 1 });

    const [sent] = sentBy(planReplacement(replaced, aTask('a'), countedIds()));

    expect(sent).toMatchObject({
      id: 'replaced',
      root: 'root',
      parent: 'replaced',
      group: 'g',
      groupIndex: 4,
      nesting: 2,
      body: [[], {}, { chord: { task: 'body' } }],
    });
  });

  test('has what was to follow the task follow it', () => {
    const embed = {
      ...nothing,
      callbacks: [aTask('linked')],
      errbacks: [aTask('failed')],
      chain: [aTask('last'), aTask('after')],
    };

    const plan = planReplacement(aReplaced({ embed }), aTask('a'), countedIds());

    expect(plan.messages[0]?.options).toMatchObject({
      task_id: 'replaced',
      link: [{ task: 'linked' }],
      link_error: [{ task: 'failed' }],
      chain: [
        { task: 'last', options: { replaced_task_nesting: 1 } },
        { task: 'after', options: { replaced_task_nesting: 1 } },
      ],
    });
  });

  test('collects a group at the end of a chain', () => {
    const chain = aCanvas('chain', [aTask('a'), aCanvas('group', [aTask('b'), aTask('c')])]);
    const { messages } = planReplacement(aReplaced(), chain, countedIds());

    expect(restOf(messages[0])[0]).toMatchObject({
      task: 'celery.chord',
      kwargs: { body: { task: 'celery.accumulate', options: { task_id: 'replaced' } } },
    });
  });

  test('refuses a part of a chord, and an empty chain', () => {
    const replace = (signature: WireSignature) => () =>
      planReplacement(aReplaced(), signature, countedIds());

    expect(replace(aTask('a', { options: { chord: aTask('body') } }))).toThrow(
      'A signature that replaces a task is a part of a chord',
    );
    expect(replace(aCanvas('chain', []))).toThrow(
      'A signature that replaces a task is an empty chain',
    );
  });
});

describe('planAddition', () => {
  test('makes a signature a part of the chord', () => {
    const embed = { ...nothing, chord: aTask('body') };
    const part = aReplaced({ embed, group: 'g', groupIndex: 1 });

    const plan = planAddition(part, aTask('a'), countedIds());

    expect(plan.result).toEqual([['id-0', null], null]);
    expect(sentBy(plan)).toMatchObject([
      { id: 'id-0', group: 'g', root: 'root', body: [[], {}, { chord: { task: 'body' } }] },
    ]);
  });

  test('refuses a task that is no part of one', () => {
    expect(() => planAddition(aReplaced(), aTask('a'), countedIds())).toThrow(
      'Task replaced is not a part of a chord, so nothing can be added to it',
    );
  });
});

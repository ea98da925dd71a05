import { describe, expect, test } from 'vitest';
import { failedBody, failedSteps, planCanvas } from '../../lib/canvas/index.ts';
import type { WireSignature } from '../../lib/protocol/index.ts';
import { aCanvas, aChord, aTask, countedIds } from './plans.ts';

const failed = aTask('failed');
const late = aTask('late');

/** What a message of the first step carries on, as a worker gets it. */
function embeddedIn(signature: WireSignature): WireSignature['options'] {
  const { messages } = planCanvas(signature, {}, countedIds());
  return JSON.parse(JSON.stringify(messages[0]?.options ?? {}));
}

function restOf(...steps: readonly WireSignature[]): readonly WireSignature[] {
  return embeddedIn(aCanvas('chain', [aTask('first'), ...steps])).chain as WireSignature[];
}

const named = (name: string, options = {}) =>
  aTask(name, { options: { task_id: name, ...options } });

describe('failedSteps', () => {
  test('are all later steps, in their order', () => {
    expect(failedSteps(restOf(named('a'), named('b'), named('c')))).toMatchObject([
      { taskId: 'a', chord: null, groupId: null },
      { taskId: 'b' },
      { taskId: 'c' },
    ]);
  });

  test('have the body of a chord for the chord', () => {
    const chord = aChord([named('part')], named('body'));

    expect(failedSteps(restOf(chord, named('after'))).map(({ taskId }) => taskId)).toEqual([
      'body',
      'after',
    ]);
  });

  test('have the members of a group for the group', () => {
    const tail = aCanvas('group', [named('a'), aCanvas('chain', [named('b'), named('c')])]);

    expect(failedSteps(restOf(tail)).map(({ taskId }) => taskId)).toEqual(['a', 'b', 'c']);
  });

  test('tell which of them are parts of a chord', () => {
    const header = [aCanvas('chain', [named('a'), named('b'), named('c')])];
    const { chain } = embeddedIn(aChord(header, named('body'), { task_id: 'group' }));

    expect(failedSteps(chain as WireSignature[])).toMatchObject([
      { taskId: 'b', chord: null, groupId: null },
      { taskId: 'c', chord: { task: 'body' }, groupId: 'group' },
    ]);
  });

  test('are none after the last step', () => {
    expect(failedSteps([])).toEqual([]);
  });
});

describe('failedBody', () => {
  const bodyOf = (chord: WireSignature) => embeddedIn(chord).chord as WireSignature;

  test('is the body with its errbacks, and then what was to follow it', () => {
    const body = named('body', { link_error: [failed] });
    const chain = [aChord([named('part')], body), named('after', { link_error: [late] })];

    expect(failedBody(bodyOf(aCanvas('chain', chain)))).toMatchObject([
      { taskId: 'body', task: 'body', errbacks: [failed] },
      { taskId: 'after', errbacks: [] },
    ]);
  });

  test('is each member of a group, with its own errbacks and those of the group, each once', () => {
    const group = aCanvas(
      'group',
      [named('a', { link_error: [failed] }), named('b', { link_error: [late] })],
      { link_error: [failed] },
    );

    expect(failedBody(bodyOf(aChord([named('part')], group)))).toMatchObject([
      { taskId: 'a', errbacks: [failed] },
      { taskId: 'b', errbacks: [late, failed] },
    ]);
  });

  test("is every step of a chain, the chain's errbacks being called for the last", () => {
    const chain = aTask('celery.chain', {
      subtask_type: 'chain',
      kwargs: { tasks: [named('a'), named('b')] },
      options: { link_error: [failed], task_id: 'b' },
    });

    expect(failedBody(chain)).toMatchObject([
      { taskId: 'a', errbacks: [] },
      { taskId: 'b', errbacks: [failed] },
    ]);
  });

  test('is the body of a chord, with the errbacks of both', () => {
    const inner = aChord([named('part')], named('inner', { link_error: [late] }), {
      link_error: [failed],
    });

    expect(failedBody(inner)).toMatchObject([{ taskId: 'inner', errbacks: [late, failed] }]);
  });

  test('counts as a part of the chord around it', () => {
    const inner = aChord([named('part')], named('inner'));
    const outer = aChord([inner, named('other')], named('outer'), { task_id: 'group' });

    expect(failedBody(bodyOf(outer))).toMatchObject([
      { taskId: 'inner', chord: { task: 'outer' }, groupId: 'group' },
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../lib/errors.ts';
import { checkSignature } from '../../lib/protocol/index.ts';

const add = {
  task: 'add',
  args: [1],
  kwargs: {},
  options: {},
  subtask_type: null,
  immutable: false,
};

function aSignature(type: 'chain' | 'group' | 'chord', kwargs: object, options: object = {}) {
  return { task: `celery.${type}`, kwargs, options, subtask_type: type };
}

const refused: readonly (readonly [name: string, value: unknown, says: string])[] = [
  ['a text', 'add', "expected a signature as sig, got 'add'"],
  ['a signature without a task', { args: [] }, 'expected a text as sig.task, got undefined'],
  [
    'arguments that are no list',
    { ...add, args: { x: 1 } },
    'expected a list as sig.args, got an object',
  ],
  [
    'keywords that are no object',
    { ...add, kwargs: [] },
    'expected an object as sig.kwargs, got a list',
  ],
  [
    'options that are no object',
    { ...add, options: 'x' },
    "expected an object as sig.options, got 'x'",
  ],
  [
    'a kind nobody knows',
    { ...add, subtask_type: 'braid' },
    "expected chain, group, chord or null as sig.subtask_type, got 'braid'",
  ],
  [
    'a kind that is no text',
    { ...add, subtask_type: 1 },
    'expected a text or null as sig.subtask_type, got 1',
  ],
  [
    'a chain without steps',
    aSignature('chain', {}),
    'expected a list of signatures as sig.kwargs.tasks, got undefined',
  ],
  [
    'a step within a group within a chain',
    aSignature('chain', { tasks: [add, aSignature('group', { tasks: [add, 7] })] }),
    'expected a signature as sig.kwargs.tasks[1].kwargs.tasks[1], got 7',
  ],
  [
    'a chord without a body',
    aSignature('chord', { header: [add] }),
    'expected a signature as sig.kwargs.body, got undefined',
  ],
  [
    'a header that is none',
    aSignature('chord', { header: 'add', body: add }),
    "expected a signature as sig.kwargs.header, got 'add'",
  ],
  [
    'a link',
    { ...add, options: { link: [add, {}] } },
    'expected a text as sig.options.link[1].task, got undefined',
  ],
  [
    'the rest of a chain in options',
    aSignature('chord', { header: [], body: { ...add, options: { chain: [null] } } }),
    'expected a signature as sig.kwargs.body.options.chain[0], got null',
  ],
  [
    "a chord's body in options",
    { ...add, options: { chord: [] } },
    'expected a signature as sig.options.chord, got a list',
  ],
  [
    'chunks of no size',
    { task: 'celery.chunks', kwargs: { task: add, it: [[1]], n: 0 } },
    'expected a positive integer as sig.kwargs.n, got 0',
  ],
  [
    'chunks of nothing',
    { task: 'celery.chunks', kwargs: { task: add, it: 3, n: 1 } },
    'expected a list as sig.kwargs.it, got 3',
  ],
];

describe('checkSignature', () => {
  test('takes what is complete as it is', () => {
    const chord = aSignature(
      'chord',
      {
        kwargs: {},
        header: aSignature('group', { tasks: [add] }),
        body: { ...add, chord_size: 1 },
      },
      { task_id: 'x', root_id: null },
    );

    expect(checkSignature(chord, 'sig')).toMatchObject(chord);
  });

  test('fills in what Python may leave out', () => {
    expect(checkSignature({ task: 'add' }, 'sig')).toEqual({ ...add, args: [] });
  });

  test('makes a list of a single link, as Celery does', () => {
    const { options } = checkSignature({ ...add, options: { link: add, link_error: null } }, 'sig');

    expect(options).toEqual({ link: [add], link_error: null });
  });

  test.for(refused)('refuses %s, and says where', ([, value, says]) => {
    expect(() => checkSignature(value, 'sig')).toThrow(new DecodeError(`Not a signature: ${says}`));
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planCanvas } from '../../lib/canvas/index.ts';
import type { ResultTuple, WireSignature } from '../../lib/protocol/index.ts';
import { aCanvas, aChord, aTask, countedIds, restOf } from './plans.ts';

function plan(signature: WireSignature, application: Parameters<typeof planCanvas>[1] = {}) {
  return planCanvas(signature, application, countedIds(), { now: new Date(0) });
}

const tasksOf = ({ messages }: ReturnType<typeof plan>) => messages.map(({ task }) => task);

describe('the shapes no vector shows', () => {
  test('a chain without steps sends nothing, and has no results', () => {
    expect(plan(aCanvas('chain', []))).toMatchObject({
      messages: [],
      result: [['id-0', null], []],
    });
  });

  test('a chain of one is its task', () => {
    const { messages, result } = plan(aCanvas('chain', [aTask('a')], { task_id: 'last' }));

    expect(messages).toMatchObject([{ task: 'a', options: { task_id: 'last', chain: [] } }]);
    expect(result).toEqual([['last', null], null]);
  });

  test('an empty group in a chain is left out', () => {
    const { messages } = plan(aCanvas('chain', [aCanvas('group', []), aTask('a'), aTask('b')]), {
      args: [1],
    });

    expect(messages).toMatchObject([{ task: 'a', args: [1], options: { chain: [{ task: 'b' }] } }]);
  });

  test('an empty group is its own empty result', () => {
    expect(plan(aCanvas('group', []))).toMatchObject({
      messages: [],
      result: [['id-0', null], []],
    });
  });

  test('an empty chain in a group is left out', () => {
    expect(tasksOf(plan(aCanvas('group', [aCanvas('chain', []), aTask('a')])))).toEqual(['a']);
  });

  test("an inner chain's links stand at its last step, its errbacks at each", () => {
    const inner = aCanvas('chain', [aTask('b'), aTask('c')], {
      link: [aTask('done')],
      link_error: [aTask('failed')],
    });
    const { messages } = plan(aCanvas('chain', [aTask('a'), inner]));

    expect(messages[0]?.options.chain).toMatchObject([
      { task: 'c', options: { link: [{ task: 'done' }], link_error: [{ task: 'failed' }] } },
      { task: 'b', options: { link_error: [{ task: 'failed' }] } },
    ]);
  });

  test('groups in the header of a chord are flattened and turned around, as in Celery', () => {
    const { messages, chords } = plan(
      aChord([aCanvas('group', [aTask('a'), aTask('b')]), aTask('c')], aTask('body')),
    );

    expect(messages.map(({ task }) => task)).toEqual(['b', 'a', 'c']);
    expect(messages.map(({ options }) => options.group_index)).toEqual([0, 1, 2]);
    expect(chords[0]?.members).toHaveLength(3);
  });

  test('a group in a chain in a header has its members counted', () => {
    const chainOfGroup = aCanvas('chain', [aTask('a'), aCanvas('group', [aTask('b'), aTask('c')])]);
    const { chords, messages } = plan(aChord([chainOfGroup, aTask('d')], aTask('body')));
    const [tail] = restOf(messages[0]);

    expect(chords[0]?.members).toMatchObject([
      [expect.anything(), [expect.anything(), expect.anything()]],
      [expect.anything(), null],
    ]);
    expect(tail?.kwargs.tasks).toMatchObject([
      { options: { group_id: chords[0]?.groupId, chord: { task: 'body' } } },
      { options: { group_id: chords[0]?.groupId, chord: { task: 'body' } } },
    ]);
  });

  test('a chord in a group in a chain in a header is a part of the chord around it, unlike in Celery', () => {
    const tail = aCanvas('group', [aChord([aTask('a')], aTask('b')), aTask('c')]);
    const { chords, messages } = plan(aChord([aCanvas('chain', [tail])], aTask('body')));

    expect(messages[0]).toMatchObject({
      task: 'a',
      options: { chord: { task: 'b', options: { group_id: chords[0]?.groupId } } },
    });
  });

  test('chunks are the group of starmaps that they stand for', () => {
    const chunks = aTask('celery.chunks', {
      kwargs: { task: aTask('add'), it: [[1], [2], [3]], n: 2 },
      immutable: true,
    });

    expect(plan(chunks, { args: ['dropped'] }).messages).toMatchObject([
      { task: 'celery.starmap', args: [], kwargs: { it: [[1], [2]] } },
      { task: 'celery.starmap', args: [], kwargs: { it: [[3]] } },
    ]);
  });

  test('links given to a group are refused', () => {
    const group = aCanvas('group', [aTask('a')]);

    expect(() => plan(group, { options: { link: aTask('b') } })).toThrow(
      'Cannot add link to group: use a chord',
    );
    expect(() => plan(group, { options: { link_error: [aTask('b')] } })).toThrow(
      'Cannot add link to group: do that on individual tasks',
    );
  });

  test('what is given as null hides no option of the signature', () => {
    const { messages } = plan(aTask('a', { options: { queue: 'math', priority: 3 } }), {
      options: { queue: null, priority: 0 },
    });

    expect(messages[0]?.options).toMatchObject({ queue: 'math', priority: 0 });
  });

  test('stamps and the group of a signature are not replaced', () => {
    const options = { group_id: 'g', stamped_headers: ['tenant'], tenant: 't1' };
    const { messages } = plan(aTask('a', { options }), {
      options: { group_id: 'other', stamped_headers: ['x'], tenant: 't2', x: 1 },
    });

    expect(messages[0]?.options).toMatchObject(options);
  });

  test('errbacks of a chain go to the headers of chords in it where the setting says so', () => {
    const chain = aCanvas('chain', [aTask('a'), aChord([aTask('b')], aTask('c'))]);
    const options = { link_error: [aTask('failed')] };
    const planned = (taskAllowErrorCbOnChordHeader: boolean) => {
      const { messages } = planCanvas(chain, { options }, countedIds(), {
        taskAllowErrorCbOnChordHeader,
      });
      const [chord] = restOf(messages[0]);
      const header = chord?.kwargs.header as WireSignature | undefined;
      return header?.kwargs.tasks;
    };

    expect(planned(false)).toMatchObject([
      { options: expect.not.objectContaining({ link_error: expect.anything() }) },
    ]);
    expect(planned(true)).toMatchObject([
      { options: { link_error: [{ task: 'failed', immutable: true }] } },
    ]);
  });
});

describe('the message of a task', () => {
  test('names the root and the parent that it is given', () => {
    const { messages } = plan(aTask('a'), { rootId: 'root', parentId: 'parent' });

    expect(messages[0]?.options).toEqual({ task_id: 'id-0', root_id: 'root', parent_id: 'parent' });
  });

  test('leaves out what Celery writes and nobody reads', () => {
    const { messages } = plan(aTask('a', { options: { add_to_parent: true, priority: null } }));

    expect(messages[0]?.options).toEqual({ task_id: 'id-0' });
  });
});

describe('the latest known start of a chord', () => {
  const latest = (header: WireSignature[], options = {}) =>
    plan(aChord(header, aTask('body')), { options }).chords[0]?.latestEta;

  test('is null where all starts at once', () => {
    expect(latest([aTask('a')])).toBeNull();
  });

  test('is that of the part that waits longest', () => {
    const parts = [
      aTask('a', { options: { countdown: 60 } }),
      aTask('b', { options: { eta: '1970-01-02T00:00:00+00:00' } }),
      aTask('c', { options: { eta: new Date(5_000) } }),
    ];

    expect(latest(parts)).toEqual(new Date(86_400_000));
  });

  test('adds up the waits of the steps of a chain', () => {
    const wait = (seconds: number) => aTask('a', { options: { countdown: seconds } });

    expect(latest([aCanvas('chain', [wait(60), aTask('b'), wait(30)])])).toEqual(new Date(90_000));
  });

  test('counts what the chord is sent with', () => {
    expect(latest([aTask('a')], { countdown: 10 })).toEqual(new Date(10_000));
  });

  test('counts chords within it', () => {
    const inner = aChord(
      [aTask('a', { options: { countdown: 10 } })],
      aTask('b', { options: { countdown: 20 } }),
    );

    expect(latest([inner])).toEqual(new Date(30_000));
  });
});

describe('a large canvas', () => {
  test('of ten thousand members is planned in one go', () => {
    const members = Array.from({ length: 10_000 }, (_, n) => aTask('a', { args: [n] }));
    const { messages, chords } = plan(aChord(members, aTask('body')));

    expect(messages).toHaveLength(10_000);
    expect(new Set(messages.map(({ options }) => options.chord)).size).toBe(1);
    expect(chords[0]?.members).toHaveLength(10_000);
  });

  test('of a thousand steps has one line of parents', () => {
    const { messages, result } = plan(
      aCanvas(
        'chain',
        Array.from({ length: 1_000 }, () => aTask('a')),
      ),
    );

    let depth = 0;
    for (let tuple: ResultTuple | null = result; tuple; tuple = tuple[0][1]) depth++;
    expect(depth).toBe(1_000);
    expect(messages[0]?.options.chain).toHaveLength(999);
  });

  test('of five hundred groups and tasks in turn is a chain of chords', () => {
    const steps = Array.from({ length: 1_000 }, (_, n) =>
      n % 2 === 0 ? aCanvas('group', [aTask('a'), aTask('b')]) : aTask('c'),
    );
    const { messages, chords } = plan(aCanvas('chain', steps));

    expect(chords).toHaveLength(1);
    expect(chords[0]?.body.options.chain).toHaveLength(499);
    expect(messages).toHaveLength(2);
  });
});

const leaf = fc
  .record({ args: fc.array(fc.nat(9), { maxLength: 2 }), immutable: fc.boolean() })
  .map((parts) => aTask('task', parts));

/** Canvases up to four deep. */
const canvas: fc.Arbitrary<WireSignature> = fc.letrec<{ any: WireSignature }>((tie) => {
  const parts = fc.array(tie('any'), { minLength: 1, maxLength: 3 });
  return {
    any: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      parts.map((tasks) => aCanvas('chain', tasks)),
      parts.map((tasks) => aCanvas('group', tasks)),
      fc.tuple(parts, tie('any')).map(([header, body]) => aChord(header, body)),
    ),
  };
}).any;

describe('any canvas', () => {
  test('sends each message under an id of its own', () => {
    fc.assert(
      fc.property(canvas, (signature) => {
        const ids = plan(signature).messages.map(({ options }) => options.task_id);

        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  test('has its ids settled: planned once more, they are the same', () => {
    fc.assert(
      fc.property(canvas, (signature) => {
        const settled = plan(aCanvas('chain', [aTask('first'), signature])).messages[0];
        const rest = settled?.options.chain as readonly WireSignature[];
        const next = rest.at(-1) as WireSignature;

        const drawn: string[] = [];
        const again = planCanvas(next, {}, () => `new-${drawn.push('new')}`);

        const known = new Set(JSON.stringify(settled).match(/id-\d+/g));
        for (const { options } of again.messages) expect(known).toContain(options.task_id);
      }),
    );
  });

  test('waits for the parts that carry the body of its chord', () => {
    fc.assert(
      fc.property(fc.array(canvas, { minLength: 1, maxLength: 3 }), (header) => {
        const { chords, messages } = plan(aChord(header, aTask('body')));
        const [chord] = chords;

        expect(partsOf(messages, chord?.groupId).size).toBe(leafCount(chord?.members ?? []));
      }),
    );
  });
});

function leafCount(members: readonly ResultTuple[]): number {
  return members.reduce((count, [, nested]) => count + (nested ? leafCount(nested) : 1), 0);
}

/** The ids of all tasks, however deep, that count as parts of this group. */
function partsOf(value: unknown, groupId: string | undefined, found = new Set<unknown>()) {
  if (typeof value !== 'object' || value === null) return found;
  const { task, options, subtask_type } = value as Partial<WireSignature>;
  const isPart = task && subtask_type === null && options?.group_id === groupId && options?.chord;
  if (isPart) found.add(options.task_id);
  for (const item of Object.values(value)) partsOf(item, groupId, found);
  return found;
}

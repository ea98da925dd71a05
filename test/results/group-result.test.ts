import { describe, expect, test } from 'vitest';
import { ImproperlyConfigured, TaskRevokedError, TimeoutError } from '../../lib/errors.ts';
import {
  encodeException,
  groupResultTuple,
  KeyError,
  type ResultTuple,
  taskResultTuple,
  ValueError,
} from '../../lib/protocol/index.ts';
import { type AsyncResult, GroupResult, ResultSet, type Results } from '../../lib/results/index.ts';
import groupSaved from '../fixtures/vectors/group-saved.json' with { type: 'json' };
import { failedWith, settle, someResults } from './support.ts';

function aGroup(results: Results, ids: readonly string[] = ['a', 'b', 'c']): GroupResult {
  return asGroup(results.resultFromTuple(aTuple(ids)));
}

function aTuple(ids: readonly string[]): ResultTuple {
  return groupResultTuple(
    'g',
    ids.map((id) => taskResultTuple(id)),
  );
}

function asGroup(result: AsyncResult | undefined): GroupResult {
  if (result instanceof GroupResult) return result;
  throw new Error(`expected a GroupResult, got ${result?.constructor.name}`);
}

const nested = groupResultTuple('g', [
  taskResultTuple('a'),
  groupResultTuple('inner', [taskResultTuple('b'), taskResultTuple('c')]),
]);

describe('the values of a group', () => {
  test('come in order of its members, whichever ended first', async () => {
    const { results, put, elapse } = someResults();
    const got = aGroup(results).get();
    put('c', { result: 3 });
    await settle();
    put('a', { result: 1 });
    await elapse(1);
    put('b', { result: 2 });
    await elapse(1);

    expect(await got).toEqual([1, 2, 3]);
  });

  test('are read together, and those that are there not again', async () => {
    const { results, put, reads, elapse } = someResults();
    put('b');
    const group = aGroup(results);
    const got = group.join();
    await settle();
    put('a');
    put('c');
    await elapse(1);
    await got;
    await group.get();

    expect(reads.map(({ ids }) => ids)).toEqual([
      ['a', 'b', 'c'],
      ['a', 'c'],
    ]);
  });

  test('of a group within are a list within', async () => {
    const { results, put } = someResults();
    for (const id of ['a', 'b', 'c']) put(id, { result: id });
    const group = asGroup(results.resultFromTuple(nested));

    expect(await group.get()).toEqual(['a', ['b', 'c']]);
  });

  test('of no members are an empty list, at once', async () => {
    const { results, reads } = someResults();

    expect(await aGroup(results, []).get()).toEqual([]);
    expect(reads).toEqual([]);
  });

  test('are told one by one as tasks end', async () => {
    const { results, put, elapse } = someResults();
    const told: unknown[] = [];
    const got = aGroup(results).get({ onResult: (id, value) => told.push([id, value]) });
    put('b', { result: 2 });
    await settle();
    const first = [...told];
    put('a', { result: 1 });
    put('c', { result: 3 });
    await elapse(1);

    expect(first).toEqual([['b', 2]]);
    expect(told).toEqual([
      ['b', 2],
      ['a', 1],
      ['c', 3],
    ]);
    expect(await got).toEqual([1, 2, 3]);
  });

  test('are null for tasks that were sent with ignoreResult', async () => {
    const { results, put } = someResults();
    put('a', { result: 1 });
    const members = [results.asyncResult('a'), results.asyncResult('b', { ignored: true })];

    expect(await new GroupResult('g', results, members).get()).toEqual([1, null]);
  });

  test('that a task occurs in twice are read once', async () => {
    const { results, put, reads } = someResults();
    put('a', { result: 1 });

    expect(await aGroup(results, ['a', 'a']).get()).toEqual([1, 1]);
    expect(reads).toMatchObject([{ ids: ['a'] }]);
  });
});

describe('a group with a member that fails', () => {
  test('rejects at once with its error, though others go on', async () => {
    const { results, put, clock } = someResults();
    put('b', failedWith(new ValueError('no')));

    await expect(aGroup(results).get()).rejects.toThrow(ValueError);
    expect(clock.nextTimer()).toBeUndefined();
  });

  test('rejects with the error of the first of them where several have failed', async () => {
    const { results, put } = someResults();
    put('c', failedWith(new KeyError('c')));
    put('b', failedWith(new ValueError('b')));

    await expect(aGroup(results).get()).rejects.toThrow(ValueError);
  });

  test('without propagate has the error among its values', async () => {
    const { results, put } = someResults();
    put('a', { result: 1 });
    put('b', failedWith(new ValueError('no')));
    const { exception } = encodeException(new TaskRevokedError('revoked'));
    put('c', { status: 'REVOKED', result: exception });
    const told: string[] = [];

    const values = await aGroup(results).get({
      propagate: false,
      onResult: (id) => told.push(id),
    });

    expect(values).toEqual([1, expect.any(ValueError), expect.any(TaskRevokedError)]);
    expect(told).toEqual(['a', 'b', 'c']);
  });

  test('within a group within rejects, too', async () => {
    const { results, put } = someResults();
    put('c', failedWith(new ValueError('no')));

    await expect(results.resultFromTuple(nested).get()).rejects.toThrow(ValueError);
  });
});

describe('waiting for a group', () => {
  test('ends with its timeout, and says how many are missing', async () => {
    const { results, put, elapse, clock } = someResults();
    put('b');
    const got = aGroup(results).get({ timeout: 5 });
    const rejected = expect(got).rejects.toThrow(
      new TimeoutError('2 of 3 tasks did not end within 5 seconds, a among them; they go on'),
    );
    await settle();
    await elapse(5);

    await rejected;
    expect(clock.nextTimer()).toBeUndefined();
  });

  test('with a timeout of 0 looks once', async () => {
    const { results, put, reads } = someResults();
    put('a');

    await expect(aGroup(results).get({ timeout: 0 })).rejects.toThrow(TimeoutError);
    expect(reads).toHaveLength(1);
  });

  test('can be ended by a signal', async () => {
    const { results } = someResults();
    const abort = new AbortController();
    const got = aGroup(results).get({ signal: abort.signal });
    await settle();
    abort.abort(new Error('enough'));

    await expect(got).rejects.toThrow('enough');
  });

  test('is refused inside a task unless asked for', async () => {
    const { results, put } = someResults({ insideTask: true });
    for (const id of ['a', 'b', 'c']) put(id);

    await expect(aGroup(results).get()).rejects.toMatchObject({ name: 'RuntimeError' });
    expect(await aGroup(results).get({ disableSyncSubtasks: false })).toHaveLength(3);
  });

  test('of ten thousand reads each of them once', async () => {
    const { results, put, reads } = someResults();
    const ids = Array.from({ length: 10_000 }, (_, index) => `t${index}`);
    for (const id of ids) put(id, { result: id });

    expect(await aGroup(results, ids).get()).toEqual(ids);
    expect(reads).toHaveLength(1);
  });
});

describe('iterating over a group', () => {
  test('gives members as they end, each with its place, and each knows its value', async () => {
    const { results, put, reads, elapse } = someResults();
    const seen: unknown[] = [];
    const iterating = (async () => {
      for await (const [index, member] of aGroup(results)) seen.push([index, await member.get()]);
    })();
    put('c', { result: 3 });
    await settle();
    const first = [...seen];
    put('a', { result: 1 });
    put('b', failedWith(new ValueError('no')));
    await expect(Promise.all([iterating, elapse(1)])).rejects.toThrow(ValueError);

    expect(first).toEqual([[2, 3]]);
    expect(seen).toEqual([
      [2, 3],
      [0, 1],
    ]);
    expect(reads.at(-1)?.ids).toEqual(['a', 'b']);
  });

  test('gives a group within when all of it has ended, one of none at once', async () => {
    const { results, put, elapse } = someResults();
    const tuple = groupResultTuple('g', [groupResultTuple('none', []), nested[1]?.[1] ?? nested]);
    const group = asGroup(results.resultFromTuple(tuple));
    const seen: number[] = [];
    const iterating = (async () => {
      for await (const [index] of group.iterate({ timeout: 60 })) seen.push(index);
    })();
    put('b');
    await settle();
    const before = [...seen];
    put('c');
    await elapse(1);
    await iterating;

    expect(before).toEqual([0]);
    expect(seen).toEqual([0, 1]);
  });

  test('can be broken off, and leaves nothing behind', async () => {
    const { results, put, clock } = someResults();
    put('a');

    for await (const _ of aGroup(results).iterate({ timeout: 60 })) break;

    expect(clock.nextTimer()).toBeUndefined();
  });

  test('without waiting gives its members in order', async () => {
    const { results } = someResults();
    const group = aGroup(results);

    expect([...group].map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(group.length).toBe(3);
    expect(group.at(-1)?.id).toBe('c');
    expect(group.results[0]).toBe(group.at(0));
    expect(await group.children()).toEqual(group.results);
  });
});

describe('the state of a group', () => {
  test('is asked in one read', async () => {
    const { results, put, reads } = someResults();
    put('a');
    put('b', failedWith(new ValueError('no')));
    const group = aGroup(results);

    expect(await Promise.all([group.ready(), group.failed(), group.successful()])).toEqual([
      false,
      true,
      false,
    ]);
    expect(await group.waiting()).toBe(true);
    expect(await group.completedCount()).toBe(1);
    expect(reads.map(({ ids }) => ids)).toEqual([['a', 'b', 'c'], ['c'], ['c']]);
  });

  test.for([
    ['PENDING', ['SUCCESS', 'STARTED'], undefined],
    ['PENDING', ['FAILURE', 'PENDING'], undefined],
    ['SUCCESS', ['SUCCESS', 'SUCCESS'], ['value', 'value']],
    ['REVOKED', ['SUCCESS', 'REVOKED'], ['value', expect.any(TaskRevokedError)]],
    ['FAILURE', ['REVOKED', 'FAILURE'], [expect.anything(), expect.any(TaskRevokedError)]],
  ] as const)('is %s of members that are %s', async ([state, [a, b], values]) => {
    const { results, put } = someResults();
    const { exception } = encodeException(new TaskRevokedError('x'));
    for (const [id, status] of Object.entries({ a, b })) {
      const result = /REVOKED|FAILURE/.test(status) ? exception : 'value';
      if (status !== 'PENDING') put(id, { status, result });
    }
    const group = aGroup(results, ['a', 'b']);

    expect(await group.state()).toBe(state);
    expect(await group.result()).toEqual(values);
    expect(await group.ready()).toBe(values !== undefined);
  });
});

describe('commands to a group', () => {
  test('revoke all its tasks at once, those of groups within too', async () => {
    const { results, revoked } = someResults();

    await results.resultFromTuple(nested).revoke({ terminate: true });

    expect(revoked).toEqual([['a', 'b', 'c']]);
  });

  test('forget all results and those of parents, each once', async () => {
    const { results, put, items } = someResults();
    for (const id of ['before', 'a', 'b', 'other']) put(id);
    const parent = taskResultTuple('before');
    const tuple = groupResultTuple('g', [
      taskResultTuple('a', parent),
      taskResultTuple('b', parent),
    ]);
    const group = asGroup(results.resultFromTuple(tuple));
    await group.get();

    await group.forget();

    expect([...items.keys()]).toEqual(['other']);
    expect(await group.state()).toBe('PENDING');
  });
});

describe('a saved group', () => {
  test('is restored with members, groups within and parents', async () => {
    const { results } = someResults();
    const tuple = groupResultTuple(
      'g',
      [taskResultTuple('b', taskResultTuple('a')), nested],
      taskResultTuple('before'),
    );
    await asGroup(results.resultFromTuple(tuple)).save();

    const group = await results.restoreGroup('g');

    expect(group).toBeInstanceOf(GroupResult);
    expect(group?.asTuple()).toEqual(tuple);
    expect(group?.parent?.id).toBe('before');
    expect(group?.at(0)?.parent?.id).toBe('a');
  });

  test('is kept as long as results, and not once it is deleted', async () => {
    const { results, elapse } = someResults();
    const group = aGroup(results);
    await group.save();
    await elapse(3599);
    const before = await results.restoreGroup('g');
    await elapse(2);
    const after = await results.restoreGroup('g');
    await group.save();
    await group.delete();

    expect(before?.length).toBe(3);
    expect(after).toBeUndefined();
    expect(await results.restoreGroup('g')).toBeUndefined();
  });

  test('by Celery refers to what Celery sent', async () => {
    const document = groupSaved.calls.find(({ document }) => document && !('status' in document));
    const tuple = document?.document?.result as unknown as ResultTuple;
    const { results } = someResults();
    const group = asGroup(results.resultFromTuple(tuple));

    await group.save();

    expect((await results.restoreGroup(group.id))?.asTuple()).toEqual(tuple);
    expect(group.results.map(({ id }) => id)).toEqual(tuple[1]?.map(([[id]]) => id));
  });
});

describe('a result set', () => {
  test('takes results, each once, and gives them up', () => {
    const { results } = someResults();
    const [a, b, c] = ['a', 'b', 'c'].map((id) => results.asyncResult(id)) as [
      AsyncResult,
      AsyncResult,
      AsyncResult,
    ];
    const set = new ResultSet([a]);
    const ids = () => set.results.map(({ id }) => id);

    set.add(results.asyncResult('a'));
    set.update([b, c, b]);
    expect(ids()).toEqual(['a', 'b', 'c']);
    set.remove('b');
    set.discard(c);
    set.discard('nobody');
    expect(ids()).toEqual(['a']);
    expect(() => set.remove(b)).toThrow(KeyError);
    set.clear();
    expect(set.length).toBe(0);
  });

  test('is asked as a group is', async () => {
    const { results, put, revoked } = someResults();
    for (const id of ['a', 'b']) put(id, { result: id });
    const set = new ResultSet(['a', 'b'].map((id) => results.asyncResult<string>(id)));

    expect(await set.join()).toEqual(['a', 'b']);
    expect(await set.successful()).toBe(true);
    await set.revoke();
    expect(revoked).toEqual([['a', 'b']]);
    expect([...set].map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('of nothing is ready, and says nothing to anybody', async () => {
    const { revoked, reads } = someResults();
    const set = new ResultSet();

    await Promise.all([set.revoke(), set.forget()]);

    expect(await set.get()).toEqual([]);
    expect(await set.ready()).toBe(true);
    expect([...revoked, ...reads]).toEqual([]);
  });

  test('refuses results of another application', () => {
    const [ours, theirs] = [someResults().results, someResults().results];
    const set = new ResultSet([ours.asyncResult('a')]);

    expect(() => set.add(theirs.asyncResult('b'))).toThrow(ImproperlyConfigured);
    expect(set.length).toBe(1);
  });
});

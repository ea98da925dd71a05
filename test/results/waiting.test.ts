import { describe, expect, test } from 'vitest';
import { DecodeError, OperationalError, TimeoutError } from '../../lib/errors.ts';
import { settle, someResults } from './support.ts';

describe('get', () => {
  test('of a result that is there reads it once, and keeps it', async () => {
    const { results, put, reads } = someResults();
    put('a');
    const result = results.asyncResult('a');

    expect(await result.get()).toBe('value of a');
    expect(await result.get()).toBe('value of a');
    expect(await result.state()).toBe('SUCCESS');
    expect(reads).toHaveLength(1);
  });

  test('waits longer each time, up to two seconds', async () => {
    const { results, reads, put, elapse } = someResults();
    const got = results.asyncResult('a').get();
    await settle();
    await elapse(14);
    put('a');
    await elapse(3);
    const pauses = reads.slice(1).map(({ at }, index) => at - (reads[index]?.at ?? 0));

    expect(await got).toBe('value of a');
    expect(pauses[0]).toBeGreaterThanOrEqual(50);
    expect(pauses[0]).toBeLessThanOrEqual(63);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(2000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(2500);
  });

  test('looks every interval where one is given', async () => {
    const { results, put, reads, elapse } = someResults();
    const got = results.asyncResult('a').get({ interval: 0.5 });
    await settle();
    await elapse(4);
    put('a');
    await elapse(1);

    expect(await got).toBe('value of a');
    expect(reads.length).toBeGreaterThanOrEqual(7);
    expect(reads.length).toBeLessThanOrEqual(10);
  });

  test('is not misled by states in between', async () => {
    const { results, put, elapse } = someResults();
    put('a', { status: 'PROGRESS', result: { done: 1 } });
    const got = results.asyncResult('a').get();
    await settle();
    put('a');
    await elapse(1);

    expect(await got).toBe('value of a');
  });

  test('without limit, or with a very long one, waits on', async () => {
    const { results, put, elapse } = someResults();
    const got = [Infinity, 3_000_000].map((timeout) => results.asyncResult('a').get({ timeout }));
    await settle();
    await elapse(60);
    put('a');
    await elapse(3);

    expect(await Promise.all(got)).toEqual(['value of a', 'value of a']);
  });

  test.for([
    [{ timeout: Number.NaN }, 'as timeout, got NaN'],
    [{ timeout: -1 }, 'as timeout, got -1'],
    [{ interval: Number.NaN }, 'as interval, got NaN'],
    [{ interval: -0.5 }, 'as interval, got -0.5'],
    [{ interval: Infinity }, 'as interval, got Infinity'],
  ] as const)('with %o is refused', async ([options, says]) => {
    const { results, reads } = someResults();
    const got = results.asyncResult('a').get(options);

    await expect(got).rejects.toThrow(RangeError);
    await expect(got).rejects.toThrow(`get() expects a number of seconds from 0 on ${says}`);
    expect(reads).toEqual([]);
  });

  test('after its timeout rejects, and looks no more', async () => {
    const { results, reads, elapse, clock } = someResults();
    const got = results.asyncResult('a').get({ timeout: 1 });
    const rejected = expect(got).rejects.toThrow(
      new TimeoutError('Task a did not end within 1 seconds; it goes on'),
    );
    await settle();
    await elapse(1);
    await rejected;
    const looked = reads.length;
    await elapse(60);

    expect(reads).toHaveLength(looked);
    expect(clock.nextTimer()).toBeUndefined();
  });

  test('with a timeout of 0 looks once', async () => {
    const { results, put } = someResults();

    await expect(results.asyncResult('a').get({ timeout: 0 })).rejects.toThrow(TimeoutError);
    put('a');
    expect(await results.asyncResult('a').get({ timeout: 0 })).toBe('value of a');
  });

  test('can be ended by a signal, before and while it waits', async () => {
    const { results, clock } = someResults();
    const abort = new AbortController();
    const got = results.asyncResult('a').get({ signal: abort.signal });
    await settle();
    abort.abort(new Error('enough'));

    await expect(got).rejects.toThrow('enough');
    await expect(results.asyncResult('b').get({ signal: abort.signal })).rejects.toThrow('enough');
    expect(clock.nextTimer()).toBeUndefined();
  });

  test('rejects when results cannot be read, and can be asked again', async () => {
    const { results, put, failures } = someResults();
    put('a');
    failures.push(new OperationalError('throttled'));
    const result = results.asyncResult('a');

    await expect(result.get()).rejects.toThrow('throttled');
    expect(await result.get()).toBe('value of a');
  });

  test('of an ignored result is null at once', async () => {
    const { results, reads } = someResults();

    expect(await results.asyncResult('a', { ignored: true }).get()).toBeNull();
    expect(reads).toEqual([]);
  });

  test('inside a task is refused unless asked for', async () => {
    const { results, put } = someResults({ insideTask: true });
    put('a');
    const result = results.asyncResult('a');

    await expect(result.get()).rejects.toMatchObject({ name: 'RuntimeError' });
    expect(await result.get({ disableSyncSubtasks: false })).toBe('value of a');
  });
});

describe('many results', () => {
  const ids = Array.from({ length: 500 }, (_, index) => `t${index}`);

  test('that are there are one read', async () => {
    const { results, put, reads } = someResults();
    for (const id of ids) put(id);

    const values = await Promise.all(ids.map((id) => results.asyncResult(id).get()));

    expect(values).toEqual(ids.map((id) => `value of ${id}`));
    expect(reads).toMatchObject([{ ids, consistent: false }]);
  });

  test('asked for after different waits of promises are one read', async () => {
    const { results, put, reads } = someResults();
    for (const id of ids) put(id);

    await Promise.all(
      ids.map(async (id, index) => {
        for (let turn = 0; turn < index % 7; turn++) await null;
        return await results.asyncResult(id).get();
      }),
    );

    expect(reads).toHaveLength(1);
  });

  test('that are waited for are read together, whenever the waiting began', async () => {
    const { results, put, reads, elapse } = someResults();
    const first = ids.slice(0, 250).map((id) => results.asyncResult(id).get());
    await settle();
    await elapse(0.7);
    const second = ids.slice(250).map((id) => results.asyncResult(id).get());
    await settle();
    await elapse(30);
    const before = reads.length;
    await elapse(8);
    const looks = reads.length - before;
    for (const id of ids) put(id);
    await elapse(3);

    expect(await Promise.all([...first, ...second])).toHaveLength(500);
    expect(looks).toBeLessThanOrEqual(8);
  });

  test('are read again without those that are done', async () => {
    const { results, put, reads, elapse } = someResults();
    const got = ['a', 'b'].map((id) => results.asyncResult(id).get());
    put('a');
    await settle();
    put('b');
    await elapse(1);
    await Promise.all(got);

    expect(reads.map(({ ids }) => ids)).toEqual([['a', 'b'], ['b']]);
  });
});

test('an item that is no result fails who waits for it, and nobody else', async () => {
  const { results, put, putMalformed } = someResults();
  putMalformed('bad', new DecodeError('no result'));
  put('good');

  const [bad, good] = await Promise.allSettled([
    results.asyncResult('bad').get(),
    results.asyncResult('good').get(),
  ]);

  expect(bad).toMatchObject({ status: 'rejected', reason: { name: 'DecodeError' } });
  expect(good).toMatchObject({ status: 'fulfilled', value: 'value of good' });
});

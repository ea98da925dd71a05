import { describe, expect, test } from 'vitest';
import { TaskRevokedError } from '../../lib/errors.ts';
import { encodeException, ValueError } from '../../lib/protocol/index.ts';
import { failedWith, someResults } from './support.ts';

const done = new Date(Date.UTC(2026, 0, 1, 12));

describe('a result nobody has heard of', () => {
  test('is pending', async () => {
    const { results } = someResults();
    const result = results.asyncResult('a');

    expect(await result.state()).toBe('PENDING');
    expect(await result.ready()).toBe(false);
    expect(await result.successful()).toBe(false);
    expect(await result.failed()).toBe(false);
    expect(await result.result()).toBeUndefined();
    expect(await result.children()).toEqual([]);
    expect(await result.dateDone()).toBeNull();
    expect(await result.name()).toBeNull();
  });
});

describe('a result in between', () => {
  test('tells its state and meta, read anew each time', async () => {
    const { results, put } = someResults();
    put('a', { status: 'PROGRESS', result: { done: 1 } });
    const result = results.asyncResult('a');

    expect(await result.state()).toBe('PROGRESS');
    expect(await result.info()).toEqual({ done: 1 });
    expect(await result.ready()).toBe(false);

    put('a', { status: 'PROGRESS', result: { done: 2 } });
    expect(await result.info()).toEqual({ done: 2 });
  });

  test('of a retry tells the error that caused it', async () => {
    const { results, put } = someResults();
    put('a', { ...failedWith(new ValueError('once more')), status: 'RETRY' });

    expect(await results.asyncResult('a').info()).toBeInstanceOf(ValueError);
  });

  test('is read consistently, and with others that are asked for now', async () => {
    const { results, put, reads } = someResults();
    put('a', { status: 'STARTED' });
    put('b', { status: 'STARTED' });

    await Promise.all(['a', 'b'].map((id) => results.asyncResult(id).state()));

    expect(reads).toMatchObject([{ ids: ['a', 'b'], consistent: true }]);
  });
});

describe('a success', () => {
  test('tells all that is stored of it', async () => {
    const { results, put } = someResults();
    put('a', {
      result: 5,
      dateDone: done,
      children: [
        [['child', null], null],
        [
          ['group', null],
          [
            [['m1', null], null],
            [['m2', null], null],
          ],
        ],
      ],
      name: 'shop.add',
      args: [2, 3],
      kwargs: { z: 1 },
      worker: 'w1',
      retries: 2,
      queue: 'celery',
    });
    const result = results.asyncResult<number>('a');

    expect(await result.successful()).toBe(true);
    expect(await result.result()).toBe(5);
    expect(await result.dateDone()).toEqual(done);
    expect((await result.children()).map(({ id }) => id)).toEqual(['child', 'group']);
    expect(await result.name()).toBe('shop.add');
    expect(await result.args()).toEqual([2, 3]);
    expect(await result.kwargs()).toEqual({ z: 1 });
    expect(await result.worker()).toBe('w1');
    expect(await result.retries()).toBe(2);
    expect(await result.queue()).toBe('celery');
    expect(await result.traceback()).toBeNull();
  });
});

describe('a failure', () => {
  test('rejects with the error it was', async () => {
    const { results, put } = someResults();
    put('a', failedWith(new ValueError('too small')));
    const result = results.asyncResult('a');

    await expect(result.get()).rejects.toThrow(ValueError);
    await expect(result.get()).rejects.toThrow('too small');
    expect(await result.failed()).toBe(true);
    expect(await result.traceback()).toContain('too small');
  });

  test('without propagate is what get resolves with', async () => {
    const { results, put } = someResults();
    put('a', failedWith(new TypeError('no')));

    expect(await results.asyncResult('a').get({ propagate: false })).toBeInstanceOf(TypeError);
  });

  test('by revocation rejects with TaskRevokedError', async () => {
    const { results, put } = someResults();
    const { exception } = encodeException(new TaskRevokedError('expired'));
    put('a', { status: 'REVOKED', result: exception });
    const result = results.asyncResult('a');

    await expect(result.get()).rejects.toThrow(TaskRevokedError);
    expect(await result.failed()).toBe(false);
    expect(await result.ready()).toBe(true);
  });
});

describe('forget', () => {
  test('deletes the result, and what was kept of it here', async () => {
    const { results, put } = someResults();
    put('a');
    const result = results.asyncResult('a');
    await result.get();

    await result.forget();

    expect(await result.state()).toBe('PENDING');
  });
});

import { describe, expect, test, vi } from 'vitest';
import type { StampingVisitor } from '../../lib/canvas/index.ts';
import {
  Celery,
  chain,
  chord,
  DecodeError,
  group,
  ImproperlyConfigured,
  type Signature,
} from '../../lib/index.ts';

const app = new Celery('signatures', { engine: 'memory' });
const add = app.task('add', (x: number, y: number) => x + y);
const sum = app.task('sum', (numbers: readonly number[]) => numbers.length);
const done = app.task('done', (..._values: readonly unknown[]) => {});

describe('a signature', () => {
  test('is changed by set, and its clone is not', () => {
    const signature = chain(add.s(1, 2), add.s(3));
    const clone = signature.clone({ queue: 'other' });

    signature.set({ queue: 'math' });

    expect(signature.toJSON().options).toEqual({ queue: 'math' });
    expect(clone.toJSON().options).toEqual({ queue: 'other' });
  });

  test('of a canvas is not changed by what becomes of its parts', () => {
    const step = add.s(1, 2);
    const signature = chain(step, add.s(3));

    step.set({ queue: 'math' });

    expect(signature.toJSON().kwargs.tasks).toMatchObject([{ options: {} }, { options: {} }]);
  });

  test('made immutable drops what is put in front: in each member of a group, in the header of a chord', () => {
    const members = group([add.s(1), add.s(2)]).set({ immutable: true });
    const header = chord([add.s(1)], sum.s()).set({ immutable: true });

    expect(add.s(1).set({ immutable: true }).toJSON().immutable).toBe(true);
    expect(members.toJSON().kwargs.tasks).toMatchObject([{ immutable: true }, { immutable: true }]);
    expect(header.toJSON().kwargs).toMatchObject({
      header: [{ immutable: true }],
      body: { immutable: false },
    });
  });

  test('links where Celery does', () => {
    const chained = chain(add.s(1, 2), add.s(3));
    const grouped = group([add.s(1, 2), add.s(3, 4)]);
    const joined = chord([add.s(1, 2)], sum.s());

    for (const signature of [chained, grouped, joined]) {
      (signature as Signature<never, unknown>).link(done.s());
      (signature as Signature<never, unknown>).linkError(done.s('failed'));
    }

    const link = [{ task: 'done', args: [] }];
    const link_error = [{ task: 'done', args: ['failed'] }];
    expect(chained.toJSON().options).toMatchObject({ link, link_error });
    expect(grouped.toJSON().kwargs.tasks).toMatchObject([
      { options: { link: [{ task: 'done', immutable: true }], link_error } },
      { options: { link_error } },
    ]);
    expect(joined.toJSON().kwargs.body).toMatchObject({ options: { link, link_error } });
  });

  test('has a callback once, however often it is linked', () => {
    const callback = done.s();
    const signature = add.s(1, 2);

    signature.link(callback);
    signature.link(callback);

    expect(signature.toJSON().options.link).toHaveLength(1);
  });

  test('refuses misspelt options as a call does', async () => {
    const signature = group([add.s(1, 2)]);

    await expect(signature.applyAsync([], { countdwn: 1 } as object)).rejects.toThrow(
      "Unknown call option 'countdwn' of a call of 'celery.group'; the nearest known one is 'countdown'",
    );
    expect(() => signature.set({ unique: { key: 'x', ttl: 1 } })).toThrow(ImproperlyConfigured);
  });

  test('of a group is sent by the application of its members, with what is put in front', async () => {
    const apply = vi.spyOn(app, 'apply').mockResolvedValueOnce(app.AsyncResult('sent'));

    await group([add.s(1), add.s(2)]).applyAsync([5], { kwargs: { z: 1 }, queue: 'math' });

    expect(apply).toHaveBeenCalledWith(expect.objectContaining({ task: 'celery.group' }), {
      args: [5],
      kwargs: { z: 1 },
      options: { queue: 'math' },
    });
  });

  test('that knows no application says how it can be sent', async () => {
    const empty = group([]);

    expect(chord(empty, sum.s()).toJSON().kwargs.header).toEqual([]);
    await expect(empty.delay()).rejects.toThrow('app.apply(signature.toJSON())');
  });
});

describe('the shapes of chains', () => {
  const shapes = (signature: { toJSON(): unknown }) =>
    JSON.stringify(signature.toJSON()).match(/celery\.\w+|(?<="task":")\w+/g);

  test('a group and what follows it are a chord, whose body is the rest', () => {
    expect(shapes(chain(group([add.s(1, 2), add.s(3, 4)]), sum.s(), add.s(5)))).toEqual([
      'celery.chord',
      ...['add', 'add', 'celery.chain', 'sum', 'add'],
    ]);
  });

  test('chains within chains are one', () => {
    const inner = chain(add.s(1), add.s(2));

    expect(shapes(chain(add.s(1, 2), inner, inner))).toEqual([
      'celery.chain',
      ...Array(5).fill('add'),
    ]);
  });

  test('what follows a chord joins its body', () => {
    expect(shapes(chord([add.s(1, 2)], sum.s()).pipe(add.s(1)))).toEqual([
      'celery.chord',
      ...['add', 'celery.chain', 'sum', 'add'],
    ]);
  });

  test('a group of one runs as its task', () => {
    expect(shapes(add.s(1, 2).pipe(group([add.s(1)]), add.s(2)))).toEqual([
      'celery.chain',
      ...['add', 'add', 'add'],
    ]);
  });

  test('two groups are a chord of both', () => {
    const pair = group([done.s(), done.s()]);

    expect(shapes(pair.pipe(pair))).toEqual([
      'celery.chord',
      ...['done', 'done', 'celery.group', 'done', 'done'],
    ]);
  });

  test('a thousand steps are joined', () => {
    const steps = Array.from({ length: 1_000 }, (_, n) =>
      n % 2 === 0 ? group([done.s(), done.s()]) : done.s(),
    );

    expect(shapes(chain(...steps))?.filter((name) => name === 'celery.chord')).toHaveLength(500);
  });
});

describe('signatureFrom', () => {
  test('reads what Python wrote', () => {
    const json = chord([add.s(1, 2)], sum.s()).toJSON();

    expect(app.signatureFrom(JSON.stringify(json)).toJSON()).toEqual(json);
  });

  test('says what is wrong in it', () => {
    expect(() => app.signatureFrom({ task: 'celery.group', subtask_type: 'group' })).toThrow(
      new DecodeError(
        'Not a signature: expected a list of signatures as signature.kwargs.tasks, got undefined',
      ),
    );
  });
});

describe('stamp', () => {
  test('reaches every task, the body of a chord and all links', () => {
    const part = add.s(1, 2);
    part.link(done.s('linked'));
    const signature = chord([part, chain(add.s(1, 2), add.s(3))], sum.s()).onError(
      done.s('failed'),
    );

    signature.stamp({ tenant: 't' });

    const tasks = JSON.stringify(signature).match(/"task":"(?!celery)/g);
    const stamps = JSON.stringify(signature).match(
      /"stamped_headers":\["tenant"\],"tenant":"t"|"tenant":"t","stamped_headers":\["tenant"\]/g,
    );
    expect(stamps).toHaveLength(tasks?.length ?? 0);
  });

  test('keeps a stamp that is there, or gathers both', () => {
    const first = add.s(1, 2).stamp({ tenant: 'a' }).stamp({ tenant: 'b' });
    const both = add.s(1, 2).stamp({ tenant: 'a' }).stamp({ tenant: 'b' }, { append: true });

    expect(first.toJSON().options).toEqual({ tenant: 'b', stamped_headers: ['tenant'] });
    expect(both.toJSON().options).toEqual({ tenant: ['b', 'a'], stamped_headers: ['tenant'] });
  });

  test('asks a visitor for each part', () => {
    const seen: string[] = [];
    const told = (what: string) => () => {
      seen.push(what);
      return {};
    };
    const visitor: StampingVisitor = {
      onSignature: ({ task }) => told(task)(),
      onGroupStart: told('group'),
      onGroupEnd: told('end of group'),
      onChainStart: told('chain'),
      onChainEnd: told('end of chain'),
      onChordBody: told('body'),
      onCallback: told('callback'),
      onErrback: told('errback'),
    };
    const linked = add.s(3);
    linked.link(done.s());

    chord([chain(add.s(1, 2), linked)], sum.s().onError(done.s())).stamp(visitor);

    expect(seen).toEqual([
      ...['group', 'chain', 'add', 'callback', 'done', 'add', 'end of chain', 'end of group'],
      ...['body', 'errback', 'done', 'sum'],
    ]);
  });

  test("a visitor's stamps are those it names", () => {
    const visitor: StampingVisitor = {
      onSignature: () => ({ tenant: 't', note: 'kept aside', stamped_headers: ['tenant'] }),
    };

    expect(add.s(1, 2).stamp(visitor).toJSON().options).toMatchObject({
      tenant: 't',
      stamped_headers: ['tenant'],
    });
  });
});

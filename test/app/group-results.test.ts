import { describe, expect, expectTypeOf, test } from 'vitest';
import { type AsyncResult, Celery, GroupResult } from '../../lib/index.ts';
import type { WireSignature } from '../../lib/protocol/index.ts';
import { startTestWorker } from '../../lib/testing/index.ts';
import { anApp } from './support.ts';

function add(x: number, y: number): WireSignature {
  const options = {};
  return { task: 'add', args: [x, y], kwargs: {}, options, subtask_type: null, immutable: false };
}

const pair: WireSignature = {
  ...add(0, 0),
  task: 'celery.group',
  args: [],
  kwargs: { tasks: [add(1, 1), add(2, 2)] },
  subtask_type: 'group',
};

function anAdder() {
  const app = new Celery('shop');
  app.task('add', (x: number, y: number) => x + y);
  return app;
}

async function groupOf(app: Celery): Promise<GroupResult> {
  const result = await app.apply(pair);
  if (result instanceof GroupResult) return result;
  throw new Error('expected the result of a group');
}

describe('a group that was sent', () => {
  test('is answered by the results of its members', async () => {
    const app = anAdder();
    const worker = await startTestWorker(app);
    const result = await groupOf(app);

    expect(await result.completedCount()).toBe(0);
    await worker.drain();

    expect(await result.get()).toEqual([2, 4]);
    expect(await result.completedCount()).toBe(2);
  });

  test('can be saved, and restored by its id until it is deleted', async () => {
    const app = anAdder();
    const worker = await startTestWorker(app);
    const sent = await groupOf(app);
    await sent.save();
    await worker.drain();

    const restored = await app.restoreGroup<[number, number]>(sent.id);
    await sent.delete();

    expect(await restored?.get()).toEqual([2, 4]);
    expect(await app.restoreGroup(sent.id)).toBeUndefined();
  });

  test('is saved for as long as results are kept', async () => {
    const { app, clock } = anApp({ resultExpires: 60 });
    const sent = await groupOf(app);
    await sent.save();

    await clock.advanceTo(clock.now() + 59_000);
    expect(await app.restoreGroup(sent.id)).toBeDefined();
    await clock.advanceTo(clock.now() + 2_000);
    expect(await app.restoreGroup(sent.id)).toBeUndefined();
  });

  test('is revoked by one command', async () => {
    const app = anAdder();
    const worker = await startTestWorker(app);
    const result = await groupOf(app);

    await result.revoke();
    await worker.drain();

    expect(await result.state()).toBe('REVOKED');
  });
});

test('the results of a group are a tuple', () => {
  type Pair = GroupResult<[number, string]>;

  expectTypeOf<Pair>().toExtend<AsyncResult<[number, string]>>();
  expectTypeOf<Pair>().toExtend<GroupResult>();
  expectTypeOf<Pair['results'][0]>().toEqualTypeOf<AsyncResult<number>>();
  expectTypeOf<Pair['results'][1]>().toEqualTypeOf<AsyncResult<string>>();
  expectTypeOf<ReturnType<Pair['join']>>().toEqualTypeOf<Promise<[number, string]>>();
  expectTypeOf<GroupResult<[string]>>().not.toExtend<GroupResult<[number]>>();
});

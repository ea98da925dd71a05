import { describe, expect, test } from 'vitest';
import { chain, chord, type GroupResult, group } from '../../../lib/index.ts';
import { FunctionHost } from '../function-host.ts';
import { aCanvasHost } from './canvas-host.ts';

/** A host with a task that says for which number it started. */
function aHost() {
  const { host, app, xsum } = aCanvasHost();
  const starts: number[] = [];
  const task = app.task('task', (i: number) => {
    starts.push(i);
    return i;
  });
  return { host, starts, task, xsum };
}

describe('a revoked group', () => {
  test('is a thousand of ten thousand: by one call none of them starts, all others do', {
    timeout: 60_000,
  }, async () => {
    const { host, task, starts } = aHost();
    const numbers = Array.from({ length: 10_000 }, (_, i) => i);
    const isRevoked = (i: number) => i < 1000;
    const ofRevoked = numbers.filter(isRevoked);
    const others = numbers.filter((i) => !isRevoked(i));
    const result = await group(ofRevoked.map((i) => task.s(i))).applyAsync();
    await host.app.sendBatch(others.map((i) => task.s(i)));

    await result.revoke();
    await host.runUntilEmpty('celery', 1001);

    const members = (result as GroupResult).results;
    expect(starts).toEqual(others);
    expect(members.map(({ id }) => host.document(id)?.status)).toEqual(
      ofRevoked.map(() => 'REVOKED'),
    );
    expect(await result.state()).toBe('REVOKED');
  });

  test('is revoked with all groups in it, and the chord of it fails', async () => {
    const { host, task, starts, xsum } = aHost();
    const header = group([task.s(1), group([task.s(2), task.s(3)])]);

    const result = await chain(header, xsum.s()).applyAsync();
    await result.parent?.revoke();
    await host.runUntilEmpty();

    expect(starts).toEqual([]);
    expect(host.document(result.id)).toMatchObject({
      status: 'FAILURE',
      result: { exc_type: 'ChordError', exc_message: ["TaskRevokedError('revoked')"] },
    });
  });

  test('with terminate stops members that run', async () => {
    const host = new FunctionHost({ timeoutMs: 60_000 });
    const seen: string[] = [];
    const long = host.app.task('long', { bind: true }, async (self) => {
      self.signal.addEventListener('abort', () => seen.push(self.signal.reason.message));
      await host.sleep(50_000);
    });
    const result = await group([long.s(), long.s()]).applyAsync();
    host.clock.setTimer(10_000, () => void result.revoke({ terminate: true }));

    await host.runUntilEmpty();

    expect(seen).toEqual(['terminated', 'terminated']);
    expect(await result.state()).toBe('REVOKED');
  });
});

describe('a stamped canvas', () => {
  test('is revoked by its stamp, in queues, parked, and in steps that were not sent yet', async () => {
    const { host, task, starts, xsum } = aHost();
    const parts = [task.s(1), task.s(2).set({ countdown: 40 * 86_400 })];
    const stamped = chord(parts, xsum.s()).stamp({ customer: 'c1' });
    const other = chord([task.s(3), task.s(4)], xsum.s()).stamp({ customer: 'c2' });

    const [mine, others] = [await stamped.applyAsync(), await other.applyAsync()];
    await host.app.control.revokeByStampedHeaders({ customer: 'c1' });
    await host.runUntilEmpty();

    expect(starts).toEqual([3, 4]);
    expect(await others.get()).toBe(7);
    expect(host.document(mine.id)?.status).toBe('FAILURE');
  });

  test('a step that follows carries its stamp, and is revoked by it', async () => {
    const { host, task, starts } = aHost();

    const result = await chain(task.si(1), task.si(2).stamp({ customer: 'c1' })).applyAsync();
    await host.invoke();
    await host.app.control.revokeByStampedHeaders({ customer: 'c1' });
    await host.runUntilEmpty();

    expect(starts).toEqual([1]);
    expect(host.document(result.id)?.status).toBe('REVOKED');
  });

  test('a stamped task sees its stamps', async () => {
    const { host } = aHost();
    let seen: unknown;
    const task = host.app.task('seeing', { bind: true }, ({ request }) => {
      seen = [request.stampedHeaders, request.stamps];
    });

    await task.s().stamp({ customer: 'c1' }).delay();
    await host.runUntilEmpty();

    expect(seen).toEqual([['customer'], { customer: 'c1' }]);
  });
});

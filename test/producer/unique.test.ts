import { describe, expect, test } from 'vitest';
import { ImproperlyConfigured, OperationalError } from '../../lib/errors.ts';
import { Celery, group, silentLogger } from '../../lib/index.ts';
import { MemoryEngine } from '../../lib/memory/index.ts';
import type { Adapters } from '../../lib/ports/index.ts';
import { ManualClock, SeededRandom } from '../../lib/testing/index.ts';
import { decode } from '../app/support.ts';

const clock = new ManualClock(Date.UTC(2026, 0, 1));
const unique = { key: 'today', ttl: 3600 };

/** Two producers on one engine; the first one's requests fail where `fault` says so. */
function producers() {
  const random = new SeededRandom(3);
  const engine = new MemoryEngine({ clock, random, queues: { celery: {} } });
  const faults = new Map<string, Error>();
  const failing = (port: keyof Adapters, verb: string): Adapters => {
    const adapters = engine.adapters();
    const target: object = { ...adapters }[port] as object;
    const wrapped = new Proxy(target, {
      get(_, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          const error = name === verb ? faults.get(verb) : undefined;
          if (error) throw error;
          return await member.apply(target, args);
        };
      },
    });
    return { ...adapters, [port]: wrapped };
  };
  const aProducer = (adapters: Adapters) => {
    const app = new Celery('test', { logger: silentLogger });
    app.useAdapters(adapters, { clock, random });
    return app;
  };
  const sentIds = () => engine.messages('celery').map(({ body }) => decode(body).id);
  const sent = () => sentIds().length;
  return { engine, aProducer, failing, faults, sent, sentIds };
}

describe('a unique call', () => {
  test('is sent once, and every caller gets the result of its task', async () => {
    const { engine, aProducer, sent } = producers();
    const apps = [aProducer(engine.adapters()), aProducer(engine.adapters())];

    const results = [];
    for (const app of apps) results.push(await app.sendTask('report', [1], { unique }));

    expect(sent()).toBe(1);
    expect(results[0]?.id).toBe(results[1]?.id);
  });

  test('is sent again with another key, by another task, and after its time', async () => {
    const { engine, aProducer, sent } = producers();
    const app = aProducer(engine.adapters());
    await app.sendTask('report', [1], { unique });

    await app.sendTask('report', [1], { unique: { ...unique, key: 'tomorrow' } });
    await app.sendTask('other', [1], { unique });
    await clock.advanceTo(clock.now() + 3_602_000);
    await app.sendTask('report', [1], { unique });

    expect(sent()).toBe(4);
  });

  test('that its queue refused is sent by the next caller, under the same id', async () => {
    const { engine, aProducer, failing, faults, sentIds } = producers();
    const first = aProducer(failing('broker', 'send'));
    faults.set('send', new OperationalError('refused'));
    const failed = first.sendTask('report', [1], { unique, taskId: 'the-first' });
    await expect(failed).rejects.toThrow('refused');

    const result = await aProducer(engine.adapters()).sendTask('report', [1], { unique });

    expect(result.id).toBe('the-first');
    expect(sentIds()).toEqual(['the-first']);
  });

  test('whose caller died before the mark is completed after 30 seconds, under the same id', async () => {
    const { engine, aProducer, failing, faults, sent, sentIds } = producers();
    const first = aProducer(failing('uniqueClaims', 'markSent'));
    faults.set('markSent', new OperationalError('died'));
    const unmarked = first.sendTask('report', [1], { unique, taskId: 'the-first' });
    await expect(unmarked).rejects.toThrow('died');
    const next = aProducer(engine.adapters());

    const soon = await next.sendTask('report', [1], { unique });
    const sentSoon = sent();
    await clock.advanceTo(clock.now() + 30_000);
    const late = await next.sendTask('report', [1], { unique });
    const later = await next.sendTask('report', [1], { unique });

    expect([soon.id, late.id, later.id]).toEqual(['the-first', 'the-first', 'the-first']);
    expect(sentSoon).toBe(1);
    expect(sentIds()).toEqual(['the-first', 'the-first']);
  });

  test('that cannot be sent claims nothing', async () => {
    const { engine, aProducer, sent } = producers();
    const app = aProducer(engine.adapters());
    const wrong = app.sendTask('report', [() => {}], { unique });
    await expect(wrong).rejects.toThrow('cannot be sent');

    await app.sendTask('report', [1], { unique });

    expect(sent()).toBe(1);
  });

  test('takes its key from the arguments where the task says how', async () => {
    const { engine, aProducer, sent } = producers();
    const app = aProducer(engine.adapters());
    const task = app.task(
      'report',
      { unique: { key: ([day]) => String(day), ttl: 60 } },
      (_day: string) => {},
    );

    const ids = [];
    for (const day of ['mon', 'tue', 'mon']) ids.push((await task.delay(day)).id);

    expect(sent()).toBe(2);
    expect(ids[2]).toBe(ids[0]);
  });

  test('answers with the task that is there through middleware too', async () => {
    const { engine, aProducer } = producers();
    const app = aProducer(engine.adapters());
    app.use({ publish: (_call, next) => next() });

    const first = await app.sendTask('report', [1], { unique });
    const second = await app.sendTask('report', [1], { unique });

    expect(second.id).toBe(first.id);
  });

  test('is refused where it would outlast its result, unless that is ignored or it is part of a canvas', async () => {
    const { engine, sent } = producers();
    const app = new Celery('test', { logger: silentLogger, resultExpires: 60 });
    app.useAdapters(engine.adapters(), { clock });
    const nightly = { key: 'nightly', ttl: 61 };
    const task = app.task('report', { unique: nightly }, () => {});

    await expect(task.delay()).rejects.toThrow(
      "A call of report is unique by the key 'nightly' for 61 seconds (ttl), but its result is gone after 60",
    );
    await expect(app.sendTask('other', [], { unique: nightly })).rejects.toThrow(
      ImproperlyConfigured,
    );
    expect(sent()).toBe(0);
    await group([task.s(), task.s()]).delay();
    expect(sent()).toBe(2);
    await task.applyAsync([], { ignoreResult: true });
    await app.sendTask('other', [], { unique: { ...nightly, ttl: 60 } });
    expect(sent()).toBe(4);
  });

  test.for([{ key: '', ttl: 1 }, { key: 'a', ttl: 0 }, { key: 'a' }, 'a'])(
    'is refused as %j',
    async (wrong) => {
      const { engine, aProducer } = producers();

      const call = aProducer(engine.adapters()).sendTask('report', [], {
        unique: wrong as typeof unique,
      });

      await expect(call).rejects.toThrow('{ key, ttl }');
    },
  );

  test('is refused in a batch and as a link', async () => {
    const { engine, aProducer, sent } = producers();
    const app = aProducer(engine.adapters());
    const signature = app.signature('report', [], { unique });

    await expect(app.sendBatch([signature as never])).rejects.toThrow('not in a batch');
    await expect(app.sendTask('other', [], { link: signature as never })).rejects.toThrow(
      'cannot be unique',
    );
    expect(sent()).toBe(0);
  });
});

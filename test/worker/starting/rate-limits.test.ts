import { describe, expect, test } from 'vitest';
import { parseRate, rateWindow } from '../../../lib/protocol/index.ts';
import type { Worker } from '../../../lib/worker/index.ts';
import { createWorker } from '../../../lib/worker/index.ts';
import { FunctionHost } from '../function-host.ts';

const second = 1000;

/** Any number of invocations at once, each with a process of its own, on one virtual clock. */
class Fleet {
  readonly host = new FunctionHost();
  readonly starts: number[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #idle: Worker[] = [];
  #invocations = 0;

  task(rateLimit: string | number | null, rateLimitKey?: (value: string) => string) {
    return this.host.app.task('limited', { rateLimit, rateLimitKey }, (_value: string) => {
      this.starts.push(this.host.clock.now());
    });
  }

  /** Goes on until the queue is empty, or for so long. */
  async run(mostMs = 3_600_000, stepMs = 50): Promise<void> {
    const until = this.host.clock.now() + mostMs;
    while (this.host.clock.now() < until) {
      await this.#receiveAll();
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#running.size === 0 && this.#isEmpty()) return;
      await this.host.clock.advanceTo(this.host.clock.now() + stepMs);
    }
  }

  mostInWindow(rate: string): number {
    return mostInWindow(rate, this.starts);
  }

  #isEmpty(): boolean {
    return this.host.engine.messages('celery').length + this.host.engine.parked().length === 0;
  }

  async #receiveAll(): Promise<void> {
    const { consumer } = this.host.engine.adapters();
    for (;;) {
      const deliveries = await consumer.receive('celery', { max: 10, waitSeconds: 0 });
      if (deliveries.length === 0) return;
      const invoked = this.#invoke(deliveries).finally(() => this.#running.delete(invoked));
      this.#running.add(invoked);
    }
  }

  async #invoke(deliveries: Parameters<Worker['process']>[0]): Promise<void> {
    const { engine, app, clock } = this.host;
    const adapters = engine.adapters();
    const worker = this.#idle.pop() ?? createWorker(app, adapters);
    const startedAt = clock.now();
    const settlements = await worker.process(deliveries, {
      token: `fleet-${this.#invocations++}`,
      startedAt,
      deadline: startedAt + 30 * second,
    });
    this.#idle.push(worker);
    for (const [index, delivery] of deliveries.entries()) {
      const settlement = settlements[index];
      if (settlement?.kind === 'return') {
        await adapters.consumer.changeVisibility(delivery, settlement.delaySeconds);
      } else await adapters.consumer.delete(delivery);
    }
  }
}

/** The most starts in any window of the rate. */
function mostInWindow(rate: string, starts: readonly number[]): number {
  const window = rateWindow(rate);
  if (!window) throw new RangeError(`expected a rate, got ${rate}`);
  const lengthMs = (window.starts * window.intervalMicros) / 1000;
  const counts = new Map<number, number>();
  for (const at of starts) {
    const index = Math.floor(at / lengthMs);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}

/** An invocation every ten seconds. */
async function invokeFor(host: FunctionHost, ms: number): Promise<void> {
  const until = host.clock.now() + ms;
  while (host.clock.now() < until) {
    while ((await host.invoke()) > 0);
    await host.clock.advanceTo(host.clock.now() + 10 * second);
  }
}

/** How often each verb of the rate clocks is asked for. */
function countRequests(host: FunctionHost): Map<string, number> {
  const counts = new Map<string, number>();
  host.fault = (port, verb) => {
    if (port === 'rateClocks') counts.set(verb, (counts.get(verb) ?? 0) + 1);
    return undefined;
  };
  return counts;
}

describe('a rate limit', () => {
  test.for([
    ['5/s', 100, 4.5],
    ['7/s', 100, 6.3],
    ['60/m', 30, 0.9],
  ] as const)(
    'of %s is used, and never exceeded, by concurrent workers',
    async ([rate, count, atLeast]) => {
      const fleet = new Fleet();
      const task = fleet.task(rate);
      for (let i = 0; i < count; i++) await task.delay('a');

      await fleet.run();

      const [first = 0, last = 0] = [fleet.starts[0], fleet.starts.at(-1)];
      expect(fleet.starts).toHaveLength(count);
      expect(fleet.mostInWindow(rate)).toBeLessThanOrEqual(Math.ceil(parseRate(rate) ?? 0));
      expect((count * second) / (last - first)).toBeGreaterThanOrEqual(atLeast);
    },
  );

  test('slower than the longest delay of a queue is kept, each message sent as often as its delay needs', async () => {
    const fleet = new Fleet();
    const task = fleet.task('2/h');
    for (let i = 0; i < 4; i++) await task.delay('a');

    await fleet.run(4 * 3_600_000, second);

    expect(fleet.starts).toHaveLength(4);
    expect(fleet.mostInWindow('2/h')).toBe(1);
  });

  test('counts each key apart', async () => {
    const fleet = new Fleet();
    const task = fleet.task('1/m', (value) => value);
    for (const key of ['a', 'b', 'a']) await task.delay(key);
    const startedAt = fleet.host.clock.now();

    await fleet.run();

    expect(fleet.starts.map((at) => at - startedAt)).toEqual([0, 0, 60_000]);
  });

  test('costs a full batch one read and one write', async () => {
    const host = new FunctionHost();
    const task = host.app.task('limited', { rateLimit: '100/s' }, (_value: string) => {});
    for (let i = 0; i < 10; i++) await task.delay('a');
    const requests = countRequests(host);

    await host.invoke();

    expect([...requests]).toEqual([
      ['change', 1],
      ['take', 1],
    ]);
    expect(host.engine.messages('celery')).toEqual([]);
  });

  test('sends what waits on once, and takes it no second slot', async () => {
    const host = new FunctionHost();
    const task = host.app.task('limited', { rateLimit: '1/m' }, (_value: string) => {});
    for (let i = 0; i < 2; i++) await task.delay('a');
    const requests = countRequests(host);
    let sends = 0;
    const count = host.fault;
    host.fault = (port, verb) => {
      if (port === 'broker' && verb === 'send') sends++;
      return count(port, verb);
    };

    await host.runUntilEmpty();

    expect(sends).toBe(1);
    expect(requests.get('take')).toBe(1);
    expect(host.settlements.size).toBe(3);
  });

  test('gives a message that comes late another slot', async () => {
    const fleet = new Fleet();
    const task = fleet.task('1/m');
    for (let i = 0; i < 2; i++) await task.delay('a');
    await fleet.run(100);
    await fleet.host.clock.advanceTo(fleet.host.clock.now() + 150 * second);
    await task.delay('b');

    await fleet.run();

    expect(fleet.starts).toHaveLength(3);
    expect(fleet.mostInWindow('1/m')).toBe(1);
  });

  test.for<[string, string, object, { readonly slowest: number; readonly received: number }]>([
    ['admissions', 'read', {}, { slowest: 2, received: 1 }],
    ['startMarks', 'mark', {}, { slowest: 1, received: 2 }],
    ['results', 'store', { trackStarted: true }, { slowest: 1, received: 1 }],
    ['results', 'store', { exactlyOnce: 'lease' }, { slowest: 1, received: 1 }],
    ['results', 'store', { acksLate: false }, { slowest: 1, received: 1 }],
  ])(
    'gives a task another slot when %s.%s takes longer than its own lasts (%j)',
    async ([port, verb, options, { slowest, received }]) => {
      const host = new FunctionHost();
      const starts: number[] = [];
      const rates = { rateLimit: '2/s', ...options } as const;
      const task = host.app.task('limited', rates, (_value: string) => {
        starts.push(host.clock.now());
      });
      for (let i = 0; i < 6; i++) await task.delay('a');
      for (let i = 1; i < received; i++) {
        await host.engine.adapters().consumer.receive('celery', { max: 10, waitSeconds: 0 });
        await host.clock.advanceTo(host.clock.now() + 180 * second);
      }
      let requests = 0;
      host.slow = (aPort, aVerb) =>
        aPort === port && aVerb === verb && ++requests === slowest ? second : 0;

      await host.runUntilEmpty();

      expect(starts).toHaveLength(6);
      expect(mostInWindow('2/s', starts)).toBe(2);
    },
  );

  test('set by command counts from the next arrival on, for what waits too', async () => {
    const fleet = new Fleet();
    const task = fleet.task('6/m');
    for (let i = 0; i < 10; i++) await task.delay('a');
    await fleet.run(second);

    await fleet.host.app.control.rateLimit('limited', '1/s');
    await fleet.host.invoke('celery.control');
    await fleet.run();

    const [, next = 0] = fleet.starts;
    expect(fleet.starts).toHaveLength(10);
    expect(fleet.mostInWindow('1/s')).toBe(1);
    expect((fleet.starts.at(-1) ?? 0) - next).toBeLessThan(90 * second);
  });

  test('raised by command reaches within a minute what waits for hours, which costs no write meanwhile', async () => {
    const host = new FunctionHost();
    const starts: number[] = [];
    const task = host.app.task('limited', { rateLimit: '1/h' }, () => {
      starts.push(host.clock.now());
    });
    for (let i = 0; i < 12; i++) await task.delay();
    await invokeFor(host, 60 * second);
    const requests = countRequests(host);
    await invokeFor(host, 1200 * second);
    const takenMeanwhile = requests.get('take') ?? 0;

    await host.app.control.rateLimit('limited', '60/h');
    await host.invoke('celery.control');
    const changedAt = host.clock.now();
    await invokeFor(host, 900 * second);

    expect(takenMeanwhile).toBe(0);
    expect(starts).toHaveLength(12);
    expect((starts[1] ?? 0) - changedAt).toBeLessThanOrEqual(150 * second);
  });

  test('taken away by command lets everything start', async () => {
    const host = new FunctionHost();
    const starts: number[] = [];
    const task = host.app.task('limited', { rateLimit: '1/h' }, (_value: string) => {
      starts.push(host.clock.now());
    });
    await host.app.control.rateLimit('limited', null);
    await host.invoke('celery.control');
    for (let i = 0; i < 5; i++) await task.delay('a');

    await host.invoke();

    expect(starts).toHaveLength(5);
  });

  test('does not keep a revoke from a task that waits for its slot', async () => {
    const host = new FunctionHost();
    const starts: string[] = [];
    const task = host.app.task('limited', { rateLimit: '1/m' }, (value: string) => {
      starts.push(value);
    });
    await task.delay('a');
    await host.invoke();
    const { id } = await task.delay('b');
    await host.invoke();

    await host.app.control.revoke(id);
    await host.runUntilEmpty();

    expect(starts).toEqual(['a']);
    expect(host.document(id)?.status).toBe('REVOKED');
  });

  test('is never part of a retry: that takes a slot of its own', async () => {
    const fleet = new Fleet();
    const task = fleet.host.app.task(
      'limited',
      { bind: true, rateLimit: '1/m', autoretryFor: [Error], defaultRetryDelay: 1, maxRetries: 1 },
      async (self, _value: string) => {
        fleet.starts.push(fleet.host.clock.now());
        if (self.request.retries === 0) throw new Error('once more');
      },
    );
    for (let i = 0; i < 2; i++) await task.delay('a');

    await fleet.run();

    expect(fleet.starts).toHaveLength(4);
    expect(fleet.mostInWindow('1/m')).toBe(1);
  });

  test.for([
    ['on a FIFO queue', 'orders.fifo', undefined, 'FIFO queue'],
    ['with a key that is no text', 'celery', () => 1 as never, 'returned number'],
    [
      'with a key function that throws',
      'celery',
      () => {
        throw new Error('no key');
      },
      'no key',
    ],
    [
      'with a key function that throws what has no text',
      'celery',
      () => {
        throw Object.create(null);
      },
      'threw something unreadable',
    ],
    [
      'with a key function that throws a symbol',
      'celery',
      () => {
        throw Symbol('no key');
      },
      'threw Symbol(no key)',
    ],
    [
      'with a key that is promised, and then not had',
      'celery',
      () => Promise.reject(new Error('no key')) as never,
      'returned a promise',
    ],
  ] as const)(
    '%s is refused: the message waits in the dead-letter queue',
    async ([, queue, rateLimitKey, text]) => {
      const host = new FunctionHost();
      const task = host.app.task('limited', { rateLimit: 1, rateLimitKey }, (_value: string) => {});
      const { id } = await task.applyAsync(['a'], { queue });

      await host.invoke(queue);

      expect(host.engine.deadLetters(queue)).toHaveLength(1);
      expect(host.document(id)?.result).toMatchObject({
        exc_type: 'ImproperlyConfigured',
        exc_message: [expect.stringContaining(text)],
      });
    },
  );

  test.for(['5/d', 'fast', -1, true, Number.NaN])('cannot be %s', (rateLimit) => {
    const host = new FunctionHost();

    expect(() => host.app.task('limited', { rateLimit: rateLimit as string }, () => {})).toThrow(
      "a rate such as '5/s'",
    );
  });
});

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { chain, chord, group, type Signature } from '../../../lib/index.ts';
import type { Adapters } from '../../../lib/ports/index.ts';
import type { FunctionHost } from '../function-host.ts';
import { aCanvasHost } from './canvas-host.ts';

type Mode = 'compatible' | 'native';
type AnyCanvas = { applyAsync(): Promise<{ readonly id: string }> };

/** What a workflow took, from its first message to its last. */
interface Costs {
  /** Of messages, and of what is stored beside them. */
  bytes: number;
  /** Requests to the ports that a write goes to, by verb. */
  readonly writes: Map<string, number>;
}

/** A host that counts what it sends and stores. */
function aHost(canvasMode: Mode) {
  const { host, add, xsum } = aCanvasHost({ settings: { canvasMode, resultExpires: null } });
  const costs: Costs = { bytes: 0, writes: new Map() };
  const { engine, app, clock, random } = host;
  const adapters = engine.adapters.bind(engine);
  engine.adapters = () => counting(adapters(), costs);
  app.useAdapters(engine.adapters(), { clock, random });
  const one = app.task('one', () => 1);
  return { host, costs, one, add, xsum };
}

function counting(adapters: Adapters, costs: Costs): Adapters {
  const sized = (message: unknown) => Buffer.byteLength(JSON.stringify(message));
  const watched = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, verb) {
        const member: unknown = Reflect.get(target, verb, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          const name = String(verb);
          costs.writes.set(name, (costs.writes.get(name) ?? 0) + 1);
          if (['send', 'sendBatch', 'begin', 'create'].includes(name)) costs.bytes += sized(args);
          return member.apply(target, args);
        };
      },
    });
  const { broker, chords, nativeCanvas, results } = adapters;
  return {
    ...adapters,
    broker: watched(broker),
    chords: watched(chords),
    nativeCanvas: watched(nativeCanvas),
    results: watched(results),
  };
}

type Tasks = Pick<ReturnType<typeof aHost>, 'add' | 'one' | 'xsum'>;

/** Workflows by how many tasks they have, about. */
const shapes: Readonly<Record<string, (tasks: Tasks, size: number) => AnyCanvas>> = {
  chain: ({ add }, size) =>
    chain(add.s(0, 1), ...Array.from({ length: size - 1 }, () => add.s(1))) as AnyCanvas,
  'chord with a large body': ({ one, xsum }, size) =>
    chord(
      Array.from({ length: size }, () => one.s()),
      xsum.s().set({ headers: { large: 'x'.repeat(5000) } }),
    ),
  'chord of chains': ({ add, xsum }, size) =>
    chord(
      Array.from(
        { length: size / 10 },
        () =>
          chain(add.s(0, 1), ...Array.from({ length: 9 }, () => add.s(1))) as Signature<[], number>,
      ),
      xsum.s(),
    ),
  'nested groups': ({ one, xsum, add }, size) =>
    chord(
      Array.from(
        { length: size / 10 },
        () =>
          chain(
            group(Array.from({ length: 8 }, () => one.s())),
            xsum.s(),
            add.s(1),
          ) as unknown as Signature<[], number>,
      ),
      xsum.s(),
    ),
  'chain of chords': ({ one, xsum }, size) =>
    chain(
      ...(Array.from({ length: size / 5 }, () => [
        group(Array.from({ length: 4 }, () => one.si())),
        xsum.s(),
      ]).flat() as unknown as [Signature<[], number>]),
    ) as unknown as AnyCanvas,
};

/** Runs a workflow to its end. */
async function costsOf(shape: string, size: number, mode: Mode): Promise<Costs> {
  const { host, costs, ...tasks } = aHost(mode);
  const result = await shapes[shape]?.(tasks, size).applyAsync();
  await host.runUntilEmpty('celery', 20_000);
  expect(host.document(result?.id ?? '')?.status).toBe('SUCCESS');
  return costs;
}

describe('what native canvas sends and stores', () => {
  test.for(Object.keys(shapes))('grows with the number of tasks: %s', async (shape) => {
    const small = await costsOf(shape, 50, 'native');
    const large = await costsOf(shape, 400, 'native');

    expect(large.bytes / small.bytes).toBeLessThan(8 * 1.15);
  });

  test.for(Object.keys(shapes))('is less than what is sent to Python, too: %s', async (shape) => {
    const native = await costsOf(shape, 200, 'native');
    const compatible = await costsOf(shape, 200, 'compatible');

    expect(native.bytes).toBeLessThan(compatible.bytes * 1.05);
  });
});

describe('a native chord', () => {
  test('of ten thousand parts takes two writes for each, and no more memory than a group', {
    timeout: 60_000,
  }, async () => {
    const { host, costs, one, xsum } = aHost('native');
    const size = 10_000;
    const parts = Array.from({ length: size }, () => one.s());

    const grouped = await group(parts).applyAsync();
    const ofGroup = await heapGrowth(() => runParts(host, size));
    const before = new Map(costs.writes);
    const result = await chord(parts, xsum.s()).applyAsync();
    const ofChord = await heapGrowth(() => runParts(host, size));
    const writes = (verb: string) => (costs.writes.get(verb) ?? 0) - (before.get(verb) ?? 0);

    expect({
      store: writes('store'),
      addPart: writes('addPart'),
      begin: writes('begin'),
      readChord: writes('readChord'),
    }).toEqual({ store: size, addPart: size, begin: 1, readChord: 1 });
    // The body's list of ten thousand values, and the numbers that the in-process engine keeps.
    expect(ofChord - ofGroup).toBeLessThan(4_000_000);
    expect(await grouped.completedCount()).toBe(size);
    await host.runUntilEmpty();
    expect(host.document(result.id)?.result).toBe(size);
  });

  test('starts its body within the poll after the one of its last part', async () => {
    const { host, one, xsum } = aHost('native');
    const result = await chord(
      Array.from({ length: 30 }, () => one.s()),
      xsum.s(),
    ).applyAsync();

    for (let poll = 0; poll < 3; poll++) await host.invoke();
    const lastPartAt = host.clock.now();
    await host.invoke();

    expect(host.document(result.id)?.result).toBe(30);
    expect(host.clock.now()).toBe(lastPartAt);
  });
});

/** Runs so many messages that wait, ten in a batch. */
async function runParts(host: FunctionHost, size: number): Promise<void> {
  for (let left = size; left > 0; left -= await host.invoke());
}

/** What more is held in memory after than before, in bytes. */
async function heapGrowth(run: () => Promise<void>): Promise<number> {
  const before = heapUsed();
  await run();
  return heapUsed() - before;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

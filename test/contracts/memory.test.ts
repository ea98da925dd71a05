import { MemoryEngine } from '../../lib/memory/index.ts';
import { systemClock } from '../../lib/ports/index.ts';
import {
  describeBlobStore,
  describeBroker,
  describeChords,
  describeFanout,
  describeGroups,
  describeNativeCanvas,
  describeRateClocks,
  describeResultBackend,
  describeRevocations,
  describeSchedules,
  describeStartMarks,
  describeUniqueClaims,
} from '../../lib/testing/contracts/index.ts';
import { ManualClock } from '../../lib/testing/manual-clock.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';

const rules = { visibilityTimeoutSeconds: 2, maxReceiveCount: 2 };

function anEngine() {
  const clock = new ManualClock();
  const queues = { mail: rules, 'orders.fifo': rules };
  const options = {
    clock,
    random: new SeededRandom(1),
    queues,
    createMissingQueues: false,
    blobs: true,
  };
  const engine = new MemoryEngine(options);
  return { clock, engine, now: () => clock.now(), ...engine.adapters() };
}

await describeBroker('in-process engine', async () => {
  const { clock, ...adapters } = anEngine();
  const elapse = (seconds: number) => clock.advanceTo(clock.now() + seconds * 1000);
  return { ...adapters, queue: 'mail', fifoQueue: 'orders.fifo', elapse };
});

await describeResultBackend('in-process engine', async () => {
  const { engine, ...adapters } = anEngine();
  return { ...adapters, putAsPython: async (...item) => engine.putAsPython(...item) };
});

await describeRevocations('in-process engine', async () => anEngine());

await describeSchedules('in-process engine', async () => {
  const { clock, schedules, ...adapters } = anEngine();
  if (!schedules) throw new Error('The engine was made with schedules');
  const elapse = (seconds: number) => clock.advanceTo(clock.now() + seconds * 1000);
  return { ...adapters, schedules, queue: 'mail', fifoQueue: 'orders.fifo', elapse };
});

await describeStartMarks('in-process engine', async () => anEngine());

await describeRateClocks('in-process engine', async () => anEngine());

await describeUniqueClaims('in-process engine', async () => anEngine());

await describeGroups('in-process engine', async () => anEngine());

await describeChords('in-process engine', async () => {
  const { engine, ...adapters } = anEngine();
  return { ...adapters, python: engine.pythonChords };
});

await describeNativeCanvas('in-process engine', async () => anEngine());

await describeFanout('in-process engine', async () => {
  const engine = new MemoryEngine({
    clock: systemClock,
    random: new SeededRandom(1),
    queues: { a: {}, b: {}, alone: {} },
    fanouts: new Map([['news', ['a', 'b']]]),
  });
  const { fanout, consumer, close } = engine.adapters();
  if (!fanout) throw new Error('expected an engine with a fanout exchange');
  return { fanout, consumer, close, exchange: 'news', queues: ['a', 'b'], unbound: 'alone' };
});

await describeBlobStore('in-process engine', async () => {
  const { blobs, close } = anEngine();
  if (!blobs) throw new Error('expected an engine with a place for blobs');
  return { blobs, close };
});

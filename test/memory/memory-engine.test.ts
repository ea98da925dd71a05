import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { QueueNotFound } from '../../lib/errors.ts';
import { MemoryEngine, type MemoryEngineOptions } from '../../lib/memory/index.ts';
import { ManualClock } from '../../lib/testing/manual-clock.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';

function anEngine(options: Partial<MemoryEngineOptions> = {}): MemoryEngine {
  return new MemoryEngine({ clock: new ManualClock(), random: new SeededRandom(1), ...options });
}

describe('queues', () => {
  test('are made on first use, each with a dead-letter queue of its own kind', async () => {
    const engine = anEngine();
    const { broker } = engine.adapters();

    await broker.send('mail', { body: 'x' });
    await broker.send('orders.fifo', { body: 'x' });

    expect(broker.queues()).toEqual(['mail', 'orders.fifo']);
    expect(broker.deadLetterQueue('mail')).toBe('mail-dead');
    expect(broker.deadLetterQueue('orders.fifo')).toBe('orders-dead.fifo');
  });

  test('may share a dead-letter queue, which is no queue of tasks', () => {
    const options = { deadLetterQueue: 'dead' };
    const engine = anEngine({ queues: { dead: {}, a: options, b: options } });

    expect(engine.queueNames()).toEqual(['a', 'b']);
    expect(engine.adapters().broker.deadLetterQueue('b')).toBe('dead');
  });

  test('keep their letters apart, though one is sent before anything else is', async () => {
    const engine = anEngine();
    const { broker } = engine.adapters();
    const seen: string[] = [];
    engine.onNewQueue((queue) => seen.push(queue));

    await broker.send(broker.deadLetterQueue('mail') ?? '', { body: 'letter' });

    expect(engine.deadLetters('mail')).toMatchObject([{ body: 'letter' }]);
    expect(seen).toEqual(['mail']);
  });

  test('are refused when none may be made', async () => {
    const engine = anEngine({ queues: { mail: {} }, createMissingQueues: false });
    const { broker } = engine.adapters();

    await expect(broker.send('other', { body: 'x' })).rejects.toThrow(QueueNotFound);
    expect(() => engine.messages('other')).toThrow(/'other' .*: mail$/);
    expect(broker.deadLetterQueue('other')).toBeUndefined();
  });

  test('are announced when they are made, before the message is in', async () => {
    const engine = anEngine();
    const seen: [string, number][] = [];
    engine.onNewQueue((queue) => seen.push([queue, engine.messages(queue).length]));

    await engine.adapters().broker.send('mail', { body: 'x' });
    await engine.adapters().broker.send('mail', { body: 'y' });

    expect(seen).toEqual([['mail', 0]]);
  });

  test('without a dead-letter queue say so when asked for its letters', () => {
    const engine = anEngine({ queues: { mail: { deadLetterQueue: null } } });

    expect(() => engine.deadLetters('mail')).toThrow(QueueNotFound);
  });
});

describe('several processes', () => {
  test('share queues, results and start marks', async () => {
    const engine = anEngine();
    const [one, other] = [engine.adapters(), engine.adapters()];
    engine.putAsPython('id', new Uint8Array([1]), { timestamp: '1.5' });

    await one.broker.send('mail', { body: 'x' });

    expect(await other.consumer.receive('mail', { max: 1, waitSeconds: 0 })).toHaveLength(1);
    expect((await other.results.read(['id'])).get('id')?.timestamp).toBe('1.5');
  });
});

describe('closing', () => {
  test('ends every wait with nothing', async () => {
    const adapters = anEngine().adapters();
    const waiting = adapters.consumer.receive('mail', { max: 1, waitSeconds: 20 });

    await adapters.close();

    expect(await waiting).toEqual([]);
  });
});

describe('documents', () => {
  test('are copies: who changes the bytes changes nothing', async () => {
    const engine = anEngine();
    const { results } = engine.adapters();
    const document = new Uint8Array([1]);
    engine.putAsPython('id', document);

    document[0] = 9;
    const read = await results.read(['id']);
    read.get('id')?.document.fill(8);

    expect(engine.item('id')?.document).toEqual(new Uint8Array([1]));
  });
});

describe('the process around it', () => {
  const program = (body: string) => `
    import { MemoryEngine } from './lib/memory/index.ts';
    import { systemClock, systemRandom } from './lib/ports/index.ts';
    const engine = new MemoryEngine({ clock: systemClock, random: systemRandom });
    const { broker, consumer } = engine.adapters();
    const log = (deliveries) => console.log(deliveries.map(({ body }) => body).join());
    ${body}`;

  test('ends while its queues are idle', async () => {
    const startedAt = Date.now();

    await runNode(program("consumer.receive('mail', { max: 1, waitSeconds: 20 }).then(log);"));

    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  test('lives until a delayed message of its own has come', async () => {
    const printed = await runNode(
      program(`
        await broker.send('mail', { body: 'late', delaySeconds: 1 });
        consumer.receive('mail', { max: 1, waitSeconds: 20 }).then(log);`),
    );

    expect(printed).toBe('late\n');
  });
});

async function runNode(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', program],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), timeout: 15_000 },
  );
  return stdout;
}

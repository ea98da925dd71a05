import { describe, expect, test } from 'vitest';
import { chain, chord, group, type Signature } from '../../../lib/index.ts';
import type { Delivery } from '../../../lib/ports/index.ts';
import {
  encodeResultDocument,
  type TaskMessage,
  taskResultTuple,
} from '../../../lib/protocol/index.ts';
import { readMessage } from '../../simulation/canvas-messages.ts';
import type { FunctionHost, HostOptions } from '../function-host.ts';
import { aCanvasHost } from './canvas-host.ts';

/** A host, and Python beside it. */
function aHost(options: HostOptions = {}) {
  const given = aCanvasHost(options);
  return { ...given, python: new PythonHand(given.host) };
}

/** Celery takes a group at the end of a chain in the header for one part, and counts each of its tasks. */
function aHostWithGroups() {
  const given = aHost();
  given.app.task('identity', (value: unknown) => value);
  return given;
}

/** A chord of additions to themselves, and its messages by what is added. */
async function aSentChord(
  { host, add, xsum }: ReturnType<typeof aHost>,
  ...numbers: readonly number[]
) {
  const result = await chord(
    numbers.map((n) => add.s(n, n)),
    xsum.s(),
  ).applyAsync();
  const parts = await received(host);
  const groupId = String(messageIn(parts[0]).group);
  const part = (n: number) => parts.find((one) => messageIn(one).args[0] === n) as Delivery;
  return { result, groupId, part };
}

/** A chord of additions as Python sends it, which checks no id. Answers the result of its body. */
async function aChordOfPython(
  { host, app, add, xsum }: ReturnType<typeof aHost>,
  ids: readonly string[],
) {
  const groupId = 'python-chord';
  const body = xsum.s().set({ taskId: 'body' }).toJSON();
  const members = ids.map((id) => taskResultTuple(id));
  await host.engine.pythonChords.create(groupId, members);
  for (const [index, taskId] of ids.entries()) {
    const part = add.si(1, 1).set({ taskId }).toJSON();
    const place = { group_id: groupId, group_index: index, chord: body };
    await app.apply({ ...part, options: { ...part.options, ...place } }, {});
  }
  return app.AsyncResult<number>('body');
}

async function received(host: FunctionHost): Promise<readonly Delivery[]> {
  return await host.engine.adapters().consumer.receive('celery', { max: 10, waitSeconds: 0 });
}

function messageIn(delivery: Delivery | undefined): TaskMessage {
  return readMessage(delivery?.body ?? '') as TaskMessage;
}

/** What a Celery worker beside ours does to a part, one step at a time; nothing guards it. */
class PythonHand {
  readonly #host: FunctionHost;

  constructor(host: FunctionHost) {
    this.#host = host;
  }

  /** Puts a whole item. */
  store(delivery: Delivery, result: unknown): void {
    const taskId = messageIn(delivery).id;
    const document = { taskId, status: 'SUCCESS', result, traceback: null, children: [] };
    this.#host.engine.putAsPython(
      taskId,
      encodeResultDocument({ ...document, dateDone: new Date(0) }),
    );
  }

  /** Whoever it is, and however often. */
  async count(delivery: Delivery): Promise<number | undefined> {
    return await this.#host.engine.pythonChords.count(String(messageIn(delivery).group));
  }

  /** After it has sent the body. */
  async forget(groupId: string): Promise<void> {
    const { pythonChords } = this.#host.engine;
    await Promise.all([pythonChords.deleteGroup(groupId), pythonChords.deleteCounter(groupId)]);
  }

  async delete(delivery: Delivery): Promise<void> {
    await this.#host.engine.adapters().consumer.delete(delivery);
  }
}

// Rules for chains, callbacks and chords that look odd until one leaves them out: each test fails without its own.
describe('what is followed again', () => {
  test('has its ids from the attempt that ended it, whichever attempt is delivered', async () => {
    const { host, runs, add } = aHost();
    const late = host.app.task('late', { bind: true }, (self) => {
      if (self.request.retries === 0) self.retry({ countdown: 0 });
      return 1;
    });
    await late.applyAsync([], { link: add.s(1) });
    const first = await received(host);
    await host.run(first);
    await host.runUntilEmpty();

    await host.run(first);
    await host.runUntilEmpty();

    expect(runs).toEqual(['add(1, 1)']);
  });

  test('leaves a step alone that has ended: a duplicate does not travel down the chain', async () => {
    const { host, add } = aHost();
    await chain(add.s(1, 2), add.s(10), add.s(100)).applyAsync();
    const first = await received(host);
    await host.run(first);
    await host.runUntilEmpty();

    await host.run(first);

    expect(host.engine.messages('celery')).toEqual([]);
  });

  test('is not what Python finished: it has published that before it stored the end', async () => {
    const { host, add, python } = aHost();
    await add.applyAsync([1, 2], { link: add.s(10) });
    const [first] = await received(host);
    python.store(first as Delivery, 3);

    await host.run([first as Delivery]);

    expect(host.engine.messages('celery')).toEqual([]);
  });

  test('makes no chord again that Python has joined and deleted meanwhile', async () => {
    const { host, add, xsum, python } = aHost();
    const step = chord([add.s(1), add.s(2)], xsum.s()) as unknown as Signature<[number], number>;
    await chain(add.s(1, 1), step).applyAsync();
    const first = await received(host);
    await host.run(first);
    const parts = await received(host);
    const groupId = String(messageIn(parts[0]).group);
    for (const part of parts) {
      python.store(part, 1);
      await python.delete(part);
    }
    await python.forget(groupId);

    await host.run(first);

    expect(host.engine.messages('celery')).toEqual([]);
    expect(await host.engine.adapters().chords.read(groupId)).toBeUndefined();
  });
});

describe('a part of a chord', () => {
  test('that Python finished is not counted again', async () => {
    const given = aHost();
    const { host, python } = given;
    const { groupId, part } = await aSentChord(given, 1, 2, 3);
    python.store(part(1), 2);
    await python.count(part(1));

    await host.run([part(1)]);
    await host.run([part(2)]);

    expect(await host.engine.adapters().chords.read(groupId)).toMatchObject({ count: 2 });
  });

  test('that Python stored and did not live to count is made up for by the check', async () => {
    const given = aHost();
    const { host, python } = given;
    const { result, part } = await aSentChord(given, 1, 2);
    python.store(part(1), 2);
    await host.run([part(1), part(2)]);

    await host.runUntilEmpty('celery.control');
    await host.runUntilEmpty();

    expect(await result.get()).toBe(6);
  });

  test('counted twice by Python joins nothing too early, and fails nothing', async () => {
    const given = aHost();
    const { host, runs, python } = given;
    const { result, part } = await aSentChord(given, 1, 2, 3);
    python.store(part(1), 2);
    await python.count(part(1));
    await python.count(part(1));
    await host.run([part(2)]);
    const early = host.document(result.id);

    await host.run([part(3)]);
    await host.runUntilEmpty('celery.control');
    await host.runUntilEmpty();

    expect(early).toBeUndefined();
    expect(await result.get()).toBe(12);
    expect(runs.filter((run) => run.startsWith('xsum'))).toEqual(['xsum([2,4,6])']);
  });

  test('that a Python producer named twice is waited for once', async () => {
    const given = aHost();
    const { host, runs } = given;
    const result = await aChordOfPython(given, ['same', 'same', 'other']);

    await host.runUntilEmpty();
    await host.runUntilEmpty('celery.control');
    await host.runUntilEmpty();

    expect(await result.get()).toBe(6);
    expect(runs.filter((run) => run.startsWith('xsum'))).toEqual(['xsum([2,2,2])']);
  });

  test('that a Python producer named twice hangs nothing where Python ends the last one', async () => {
    const given = aHost();
    const { host, runs, python } = given;
    const result = await aChordOfPython(given, ['same', 'other', 'same']);
    const [first, other, second] = (await received(host)) as [Delivery, Delivery, Delivery];
    await host.run([first, second]);

    python.store(other, 2);
    const count = await python.count(other);
    await host.runUntilEmpty('celery.control');
    await host.runUntilEmpty();

    expect(count).toBe(2);
    expect(await result.get()).toBe(6);
    expect(runs.filter((run) => run.startsWith('xsum'))).toEqual(['xsum([2,2,2])']);
  });

  test('that Python counts past its own idea of the size does not hang the chord', async () => {
    const { host, app, add, python } = aHostWithGroups();
    const result = await chord(
      [chain(add.s(1, 2), group([add.s(10), add.s(20)])), add.s(3, 3)],
      app.signature('identity'),
    ).applyAsync();
    const [step, single] = await received(host);
    await host.run([step as Delivery, single as Delivery]);
    const [ours, theirs] = await received(host);
    await host.run([ours as Delivery]);

    python.store(theirs as Delivery, 23);
    const count = await python.count(theirs as Delivery);
    await host.runUntilEmpty('celery.control');
    await host.runUntilEmpty();

    expect(count).toBe(3);
    expect(await result.get()).toEqual([[13, 23], 6]);
  });

  test('whose counter Python deletes in the moment of counting creates none', async () => {
    const given = aHost();
    const { host, python } = given;
    const { groupId, part } = await aSentChord(given, 1, 2);
    await host.run([part(1)]);
    python.store(part(2), 4);
    await python.count(part(2));
    host.fault = (port, verb) => {
      if (`${port}.${verb}` === 'chords.count') void python.forget(groupId);
      return undefined;
    };

    await host.run([part(1)]);

    const { chords } = host.engine.adapters();
    expect(await chords.read(groupId)).toBeUndefined();
    expect(host.engine.messages('celery').length).toBe(1);
  });

  test('that would complete the count has a check sent before it is counted', async () => {
    const given = aHost();
    const { host } = given;
    const { groupId, part } = await aSentChord(given, 1, 2);
    await host.run([part(1)]);
    const checks: number[] = [];
    host.fault = (port, verb) => {
      if (`${port}.${verb}` === 'chords.count')
        checks.push(host.engine.messages('celery.control').length);
      return undefined;
    };

    await host.run([part(2)]);

    expect(checks).toEqual([0, 1]);
    expect(await host.engine.adapters().chords.read(groupId)).toMatchObject({ joined: true });
  });

  test('that dies with the full count, its message left to Python, does not hang the chord', async () => {
    const given = aHost();
    const { host, python } = given;
    const { result, part } = await aSentChord(given, 1, 2);
    await host.run([part(1)]);
    host.fault = (port, verb) => {
      if (`${port}.${verb}` === 'chords.claimJoin') void host.crash();
      return undefined;
    };
    await host.run([part(2)]);
    host.fault = () => undefined;
    await python.count(part(2));
    await python.delete(part(2));

    await host.runUntilEmpty('celery.control');
    await host.runUntilEmpty();

    expect(await result.get()).toBe(6);
  });

  test('that starts in sixty days finds the values of the others', async () => {
    const { host, runs, add, xsum } = aHost({ settings: { resultExpires: 86_400 } });
    const late = add.s(2, 2).set({ countdown: 60 * 86_400 });

    await chord([add.s(1, 1), late], xsum.s()).applyAsync();
    await host.runUntilEmpty();

    expect(runs.at(-1)).toBe('xsum([2,4])');
  });
});

describe('the records of a chord', () => {
  test('stay when we have joined it: a late part of Python finds its group, and fails nothing', async () => {
    const given = aHost();
    const { host, python } = given;
    const { groupId, part } = await aSentChord(given, 1, 2);
    await host.run([part(1), part(2)]);

    const count = await python.count(part(2));

    expect(count).toBe(3);
    expect(await host.engine.adapters().groups.restore(groupId)).toBeDefined();
    expect(await host.engine.adapters().chords.read(groupId)).toMatchObject({ joined: true });
  });
});

describe('a native chord', () => {
  test('is joined by whichever part finds it full: nobody claims it and takes it along', async () => {
    const given = aHost({ settings: { canvasMode: 'native' } });
    const { host, python } = given;
    const { result, part } = await aSentChord(given, 1, 2);
    await host.run([part(1)]);
    host.fault = (port, verb) => {
      if (`${port}.${verb}` === 'nativeCanvas.readChord') void host.crash();
      return undefined;
    };
    await host.run([part(2)]);
    host.fault = () => undefined;
    await python.delete(part(2));

    await host.run([part(1)]);
    await host.runUntilEmpty();

    expect(host.document(result.id)).toMatchObject({ status: 'SUCCESS', result: 6 });
  });
});

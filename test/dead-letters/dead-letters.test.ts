import { describe, expect, test, vi } from 'vitest';
import { deadLetters, type LetterChanges } from '../../lib/dead-letters/index.ts';
import { EncodeError, ImproperlyConfigured, OperationalError } from '../../lib/index.ts';
import { encodeTaskMessage, newTaskMessage } from '../../lib/protocol/index.ts';
import { FunctionHost, type HostOptions } from '../worker/function-host.ts';

/** A host whose worker does not know `add` yet, and so many dead calls of it. */
async function aHostWithLetters(calls: number, options: HostOptions = {}) {
  const host = new FunctionHost(options);
  const ids: string[] = [];
  for (let n = 0; n < calls; n++) {
    ids.push((await host.app.sendTask('add', [n, 1], { headers: { mine: n } })).id);
  }
  while ((await host.invoke()) > 0);
  return { host, ids, letters: deadLetters(host.app, 'celery', { waitSeconds: 0 }) };
}

function knowsAdd(host: FunctionHost): void {
  host.app.task('add', (x: number, y: number) => x + y);
}

describe('list', () => {
  test('tells of each letter what it was and why it died, and leaves it', async () => {
    const { host, ids, letters } = await aHostWithLetters(25);

    const listed = await letters.list();

    expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(ids));
    expect(listed.find(({ id }) => id === ids[3])).toMatchObject({
      queue: 'celery',
      task: 'add',
      reason: 'NotRegistered',
      detail: 'add',
      content: { message: { args: [3, 1], headers: { mine: 3 }, deadGeneration: 1 } },
    });
    expect(host.letters()).toHaveLength(25);
    expect(await letters.list()).toHaveLength(25);
  });

  test('shows what cannot be read as far as it can be', async () => {
    const { host, letters } = await aHostWithLetters(0);
    await host.engine.adapters().broker.send('celery', { body: 'hello' });
    await host.invoke();

    expect(await letters.list()).toMatchObject([
      {
        id: undefined,
        reason: 'DecodeError',
        content: undefined,
        body: 'hello',
        unreadable: { name: 'DecodeError' },
      },
    ]);
  });

  test('looks at no more than its limit', async () => {
    const { host } = await aHostWithLetters(12);

    expect(
      await deadLetters(host.app, 'celery', { waitSeconds: 0, limit: 11 }).list(),
    ).toHaveLength(11);
  });

  test('refuses a queue without dead letters', async () => {
    const host = new FunctionHost({ engine: { queues: { celery: { deadLetterQueue: null } } } });

    await expect(deadLetters(host.app).list()).rejects.toThrow(ImproperlyConfigured);
  });
});

describe('sendBack', () => {
  test('runs a letter by its id, and leaves the others', async () => {
    const { host, ids, letters } = await aHostWithLetters(3);
    knowsAdd(host);

    const sent = await letters.sendBack(ids[1] ?? '');
    await host.invoke();

    expect(sent.map(({ id }) => id)).toEqual([ids[1]]);
    expect(ids.map((id) => host.document(id)?.status)).toEqual(['FAILURE', 'SUCCESS', 'FAILURE']);
    expect(host.letters()).toHaveLength(2);
  });

  test('sends back many by what they are, without what the worker wrote beside them', async () => {
    const { host, ids, letters } = await aHostWithLetters(30);

    await letters.sendBack(({ content }) => Number(content?.message.args[0]) % 2 === 0);

    const back = host.engine.messages('celery');
    expect(back).toHaveLength(15);
    expect(back[0]?.attributes).toEqual({});
    expect(host.letters()).toHaveLength(ids.length - 15);
  });

  test('sends back an edited letter, which runs as edited, under its own id', async () => {
    const { host, ids, letters } = await aHostWithLetters(1);
    host.app.task('sum', (x: number, y: number) => x + y);

    await letters.sendBack(ids, () => ({ task: 'sum', args: [20, 3], headers: { why: 'fixed' } }));
    const [message] = host.engine.messages('celery');
    await host.invoke();

    expect(JSON.parse(message?.body ?? '').headers).toMatchObject({
      argsrepr: '(20, 3)',
      mine: 0,
      why: 'fixed',
    });
    expect(host.document(ids[0] ?? '')).toMatchObject({ status: 'SUCCESS', result: 23 });
  });

  test('keeps the type and the value of what others wrote beside a message', async () => {
    const { host, letters } = await aHostWithLetters(0);
    const attributes = {
      tenant: 'acme',
      size: { type: 'Number', value: '12.50' },
      trace: { type: 'Binary', value: Uint8Array.from([0, 255]) },
    };
    const body = encodeTaskMessage(newTaskMessage({ task: 'add', id: 'i', args: [1, 2] }));
    await host.engine.adapters().broker.send('celery', { body, attributes });
    await host.invoke();
    const letter = host.letters()[0];

    await letters.sendBack('i');

    expect(letter?.attributes).toMatchObject({ ...attributes, reason: 'NotRegistered' });
    expect(host.engine.messages('celery')[0]?.attributes).toEqual(attributes);
  });

  test('shows of edited arguments what the task, else the call, has shown of the old ones', async () => {
    const { host, letters } = await aHostWithLetters(0);
    await host.app.sendTask('pay', ['4111'], { argsrepr: '<a card>', kwargs: { pin: 1 } });
    await host.invoke();
    host.app.task('pay.v2', { kwargsrepr: '<secrets>' }, (..._args: unknown[]) => {});

    await letters.sendBack(
      () => true,
      () => ({ task: 'pay.v2', args: ['4222'], kwargs: { pin: 2 } }),
    );

    const [message] = host.engine.messages('celery');
    expect(JSON.parse(message?.body ?? '').headers).toMatchObject({
      argsrepr: '<a card>',
      kwargsrepr: '<secrets>',
    });
  });

  test('runs what SQS itself moved, which tells no reason', async () => {
    const { host, letters } = await aHostWithLetters(0);
    knowsAdd(host);
    const { broker } = host.engine.adapters();
    const body = encodeTaskMessage(newTaskMessage({ task: 'add', id: 'i', args: [1, 2] }));
    await broker.send(broker.deadLetterQueue('celery') ?? '', { body });

    const [letter] = await letters.sendBack('i');
    await host.invoke();

    expect(letter).toMatchObject({ reason: undefined, task: 'add' });
    expect(host.document('i')).toMatchObject({ status: 'SUCCESS', result: 3 });
  });

  test('keeps the message group of a FIFO queue', async () => {
    const host = new FunctionHost();
    await host.app.sendTask('add', [1, 2], { queue: 'orders.fifo', messageGroupId: 'ann' });
    await host.invoke('orders.fifo');

    await deadLetters(host.app, 'orders.fifo', { waitSeconds: 0 }).sendBack(() => true);

    expect(host.engine.messages('orders.fifo')).toMatchObject([{ groupId: 'ann' }]);
    expect(host.engine.deadLetters('orders.fifo')).toEqual([]);
  });

  test.for<readonly [edit: unknown, says: RegExp]>([
    [{ args: 'x' }, /change 'args' of letter .* expects a list of arguments, got 'x'/],
    [{ kwargs: [] }, /change 'kwargs' of letter .* expects a plain object, got \[\]/],
    [{ task: 5 }, /change 'task' of letter .* expects a text that is not empty, got 5/],
    [{ task: '' }, /change 'task' of letter .* expects a text that is not empty, got ''/],
    [{ queue: '' }, /change 'queue' of letter .* expects a text/],
    [{ expires: 'soon' }, /change 'expires' of letter .* expects a number of seconds/],
    [{ nope: 1 }, /Unknown change 'nope' of letter/],
    [{ headers: { id: 'zz' } }, /Header 'id' of a call of add is one the message writes itself/],
    ['x', /An edit of letter .* is expected to be a plain object, got 'x'/],
  ])('refuses the edit %j as a producer would, and the letter stays', async ([edit, says]) => {
    const { host, letters } = await aHostWithLetters(1);
    const sendBack = () =>
      letters.sendBack(
        () => true,
        () => edit as object,
      );

    await expect(sendBack()).rejects.toThrow(ImproperlyConfigured);
    await expect(sendBack()).rejects.toThrow(says);
    expect(host.letters()).toHaveLength(1);
    expect(host.engine.messages('celery')).toEqual([]);
  });

  test('puts large new arguments away, and refuses them where there is no place', async () => {
    const edit = () => ({ args: ['y'.repeat(2_000_000), ''] });
    const roomy = await aHostWithLetters(1, { engine: { blobs: true } });
    const without = await aHostWithLetters(1);
    roomy.host.app.task('add', (x: string, y: string) => (x + y).length);

    await roomy.letters.sendBack(roomy.ids, edit);
    await roomy.host.invoke();

    expect(roomy.host.document(roomy.ids[0] ?? '')?.result).toBe(2_000_000);
    await expect(without.letters.sendBack(without.ids, edit)).rejects.toThrow(EncodeError);
    expect(without.host.letters()).toHaveLength(1);
  });

  test('revokes what has expired, unless the edit lets it start later', async () => {
    const { host, letters } = await aHostWithLetters(0);
    const sent = [
      await host.app.sendTask('add', [1, 1], { expires: 60 }),
      await host.app.sendTask('add', [2, 2], { expires: 60 }),
      await host.app.sendTask('add', [3, 3], { expires: 60 }),
    ].map(({ id }) => id);
    await host.invoke();
    knowsAdd(host);
    await host.clock.advanceTo(host.clock.now() + 120_000);

    const edits = new Map<string | undefined, LetterChanges>([
      [sent[1], { expires: null }],
      [sent[2], { expires: 60 }],
    ]);
    await letters.sendBack(
      () => true,
      ({ id }) => edits.get(id),
    );
    await host.invoke();

    expect(sent.map((id) => host.document(id)?.status)).toEqual(['REVOKED', 'SUCCESS', 'SUCCESS']);
  });

  test('refuses to edit what cannot be read, which stays', async () => {
    const { host, letters } = await aHostWithLetters(0);
    await host.engine.adapters().broker.send('celery', { body: 'hello' });
    await host.invoke();

    await expect(
      letters.sendBack(
        () => true,
        () => ({ args: [] }),
      ),
    ).rejects.toThrow(EncodeError);
    expect(host.letters()).toHaveLength(1);
  });

  test('loses nothing where it stops between sending and deleting; the copy then does nothing', async () => {
    const { host, ids } = await aHostWithLetters(1);
    let runs = 0;
    host.app.task('add', (..._args: number[]) => ++runs);
    const adapters = host.engine.adapters();
    const consumer = Object.create(adapters.consumer, {
      receive: { value: adapters.consumer.receive.bind(adapters.consumer) },
      changeVisibility: { value: adapters.consumer.changeVisibility.bind(adapters.consumer) },
      delete: { value: () => Promise.reject(new Error('stopped')) },
    });
    host.app.useAdapters({ ...adapters, consumer });
    const stopping = deadLetters(host.app, 'celery', { waitSeconds: 0 });

    await expect(stopping.sendBack(ids)).rejects.toThrow('stopped');
    const whereItLies = [host.engine.messages('celery').length, host.letters().length];
    host.app.useAdapters(adapters);
    await deadLetters(host.app, 'celery', { waitSeconds: 0 }).sendBack(ids);
    await host.runUntilEmpty();

    expect(whereItLies).toEqual([1, 1]);
    expect(runs).toBe(1);
    expect(host.letters()).toEqual([]);
  });

  test('tells of each letter that went, also when a later one cannot go', async () => {
    const { host, ids } = await aHostWithLetters(3);
    const adapters = host.engine.adapters();
    vi.spyOn(adapters.broker, 'send').mockRejectedValueOnce(new OperationalError('away'));
    host.app.useAdapters(adapters);
    const went: (string | undefined)[] = [];
    const letters = deadLetters(host.app, 'celery', {
      waitSeconds: 0,
      observe: ({ id }) => went.push(id),
    });

    await expect(letters.sendBack(() => true)).rejects.toThrow('away');

    expect(went).toEqual(ids.slice(1));
    expect(host.letters()).toHaveLength(1);
  });

  test('ends after the ten in hand when it is told to, and leaves the others', async () => {
    const { host } = await aHostWithLetters(25);
    const stop = new AbortController();
    const letters = deadLetters(host.app, 'celery', {
      waitSeconds: 0,
      signal: stop.signal,
      observe: () => stop.abort(),
    });

    const sent = await letters.sendBack(() => true);

    expect(sent).toHaveLength(10);
    expect(host.letters().map(({ state }) => state)).toEqual(Array(15).fill('ready'));
  });

  test('ends although letters die again at once', async () => {
    const { host } = await aHostWithLetters(1);
    const adapters = host.engine.adapters();
    const consumer = Object.create(adapters.consumer, {
      receive: {
        value: async (...call: Parameters<typeof adapters.consumer.receive>) => {
          await host.clock.advanceTo(host.clock.now() + 1);
          await host.invoke();
          return await adapters.consumer.receive(...call);
        },
      },
      changeVisibility: { value: adapters.consumer.changeVisibility.bind(adapters.consumer) },
      delete: { value: adapters.consumer.delete.bind(adapters.consumer) },
    });
    host.app.useAdapters({ ...adapters, consumer });

    const sent = await deadLetters(host.app, 'celery', { waitSeconds: 0 }).sendBack(() => true);

    expect(sent).toHaveLength(1);
    expect(host.letters()).toMatchObject([{ attributes: { dead_generation: '2' } }]);
  });
});

describe('drop', () => {
  test('deletes what it is told, and answers with it', async () => {
    const { host, ids, letters } = await aHostWithLetters(3);

    const dropped = await letters.drop([ids[0] ?? '', ids[2] ?? '']);

    expect(dropped).toHaveLength(2);
    expect((await letters.list()).map(({ id }) => id)).toEqual([ids[1]]);
    expect(host.engine.messages('celery')).toEqual([]);
  });
});

describe('without a queue, the letters', () => {
  async function letterIn(host: FunctionHost, queue: string): Promise<string> {
    const { id } = await host.app.sendTask('unknown', [], { queue });
    await host.invoke(queue);
    return id;
  }

  async function setUpWith(defaultQueue: string, { app }: FunctionHost): Promise<void> {
    Object.assign((await app.adapters()).broker, { defaultQueue });
  }

  test('are those of the queue that the engine was set up with', async () => {
    const host = new FunctionHost();
    const ofShop = await letterIn(host, 'shop');
    await letterIn(host, 'celery');
    await setUpWith('shop', host);

    const listed = await deadLetters(host.app, undefined, { waitSeconds: 0 }).list();

    expect(listed.map(({ id }) => id)).toEqual([ofShop]);
  });

  test('are those of the setting taskDefaultQueue where it was given', async () => {
    const host = new FunctionHost({ settings: { taskDefaultQueue: 'mine' } });
    const ofMine = await letterIn(host, 'mine');
    await setUpWith('shop', host);

    const listed = await deadLetters(host.app, undefined, { waitSeconds: 0 }).list();

    expect(listed.map(({ id }) => id)).toEqual([ofMine]);
  });
});

describe('the letters of a queue with lanes', () => {
  async function aHostWithLanes() {
    const host = new FunctionHost({ engine: { lanes: { celery: [0, 4, 7] } } });
    const lanes = ['celery', 'celery-p4', 'celery-p7'];
    for (const priority of [0, 5, 9]) await host.app.sendTask('add', [1, 1], { priority });
    for (const lane of lanes) await host.invoke(lane);
    return host;
  }

  test('are those of all its lanes, the highest first, up to the limit', async () => {
    const host = await aHostWithLanes();

    const all = await deadLetters(host.app, 'celery', { waitSeconds: 0 }).list();
    const two = await deadLetters(host.app, 'celery', { waitSeconds: 0, limit: 2 }).list();

    expect(all.map(({ queue }) => queue)).toEqual(['celery-p7', 'celery-p4', 'celery']);
    expect(two.map(({ queue }) => queue)).toEqual(['celery-p7', 'celery-p4']);
  });

  test('go back to the lane they came from', async () => {
    const host = await aHostWithLanes();

    await deadLetters(host.app, 'celery', { waitSeconds: 0 }).sendBack(() => true);

    for (const lane of ['celery', 'celery-p4', 'celery-p7']) {
      expect(host.engine.messages(lane)).toHaveLength(1);
    }
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AsyncResult,
  type Celery,
  DateTime,
  Decimal,
  EncodeError,
  KeyError,
  LookupError,
  NotRegistered,
  PlainDate,
  PlainTime,
  PythonError,
  RuntimeError,
  TaskRevokedError,
  Uuid,
  ValueError,
} from '../../lib/index.ts';
import { describeInterop, interopStack, producerOf } from './interop-stack.ts';
import { pythonRepr } from './python-semantics.ts';
import { type PythonWorker, startPythonWorker } from './python-worker.ts';

/** What a value is in Python, and what it is when it comes back. */
const values: readonly (readonly [repr: string, type: string, value: unknown])[] = [
  ['None', 'NoneType', null],
  ['True', 'bool', true],
  ['False', 'bool', false],
  ['42', 'int', 42],
  ['-7', 'int', -7],
  ['9007199254740991', 'int', Number.MAX_SAFE_INTEGER],
  ['1180591620717411303424', 'int', 2n ** 70n],
  ['1.5', 'float', 1.5],
  ['-2.5e-300', 'float', -2.5e-300],
  ['nan', 'float', Number.NaN],
  ['-inf', 'float', Number.NEGATIVE_INFINITY],
  ["''", 'str', ''],
  ["'h\u00e9llo \u2603 \u{1f600} \u6f22'", 'str', 'h\u00e9llo \u2603 \u{1f600} \u6f22'],
  [`'\\x00\\n\\u2028 "\\' \\\\'`, 'str', '\0\n\u2028 "\' \\'],
  ["'\\ud800'", 'str', '\ud800'],
  ["[1, [2, ['3']]]", 'list', [1, [2, ['3']]]],
  ["{'a': {'b': [None]}, 'größe': 1}", 'dict', { a: { b: [null] }, größe: 1 }],
  [
    'datetime.datetime(2024, 2, 3, 4, 5, 6, 789000, tzinfo=datetime.timezone.utc)',
    'datetime',
    new Date(Date.UTC(2024, 1, 3, 4, 5, 6, 789)),
  ],
  [
    'datetime.datetime(2024, 2, 3, 4, 5, 6, 123456)',
    'datetime',
    new DateTime('2024-02-03T04:05:06.123456'),
  ],
  ['datetime.date(2024, 2, 29)', 'date', new PlainDate('2024-02-29')],
  ['datetime.time(4, 5, 6, 7)', 'time', new PlainTime('04:05:06.000007')],
  ["Decimal('3.1400')", 'Decimal', new Decimal('3.1400')],
  [
    "UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8')",
    'UUID',
    new Uuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8'),
  ],
  ["b'abc'", 'bytes', new TextEncoder().encode('abc')],
  ["b'\\xff\\x00\\x01'", 'bytes', Uint8Array.of(0xff, 0, 1)],
];

const wait = { timeout: 50 };

await describeInterop('TypeScript producers and a real Python worker', () => {
  let app: Celery;
  let worker: PythonWorker;

  beforeAll(async () => {
    const stack = await interopStack();
    app = producerOf(stack);
    worker = await startPythonWorker(stack.pythonSettings, ['python', 'python.fifo']);
  });

  afterAll(async () => {
    await app?.close();
    await worker?.close();
  });

  /** Sends to the Python worker. */
  function send<R>(
    task: string,
    args: readonly unknown[] = [],
    options: Parameters<Celery['sendTask']>[2] = {},
  ): Promise<AsyncResult<R>> {
    return app.sendTask<R>(`interop.${task}`, args, { queue: 'python', ...options });
  }

  async function errorOf(sent: Promise<AsyncResult>): Promise<unknown> {
    const result = await sent;
    return await result.get(wait).then(
      (value) => expect.fail(`the task returned ${value}`),
      (error: unknown) => error,
    );
  }

  describe.concurrent('values', () => {
    test.for(values)('%s, a %s in Python, comes back', async ([repr, type, value]) => {
      const described = await send('describe', [value]);
      const identity = await send('identity', [value]);

      expect(await described.get(wait)).toEqual([type, repr]);
      expect(pythonRepr(await identity.get(wait))).toBe(repr);
    });

    test('positional and keyword arguments reach the parameters of those names', async () => {
      const results = await Promise.all([
        send('add', [2, 3]),
        send('add', [2], { kwargs: { y: 3 } }),
        send('add', [], { kwargs: { y: 3, x: 2 } }),
      ]);

      expect(await Promise.all(results.map((result) => result.get(wait)))).toEqual([5, 5, 5]);
    });

    test('200 kB of arguments travel both ways unharmed', async () => {
      const text = Array.from({ length: 60_000 }, (_, i) =>
        String.fromCharCode(0x20 + (i % 0x2000)),
      ).join('');

      const result = await send('echo', [text], { kwargs: { again: text.slice(0, 1000) } });

      expect(await result.get(wait)).toEqual({
        args: [text],
        kwargs: { again: text.slice(0, 1000) },
      });
    });

    test('a batch of messages is run whole', async () => {
      const results = await app.sendBatch(
        Array.from({ length: 25 }, (_, i) =>
          app.signature('interop.add', [i, 1], { queue: 'python' }),
        ),
      );

      const sums = await Promise.all(results.map((result) => result.get(wait)));

      expect(sums).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    });
  });

  describe.concurrent('what a task is told', () => {
    test('the request in Python is what the call said', async () => {
      const result = await send<Record<string, unknown>>('request_info', [1, 'a'], {
        kwargs: { k: null },
        headers: { traceparent: '00-ab-cd-01', shop: { id: 7 } },
        priority: 7,
        shadow: 'a name',
        timeLimit: 20,
        softTimeLimit: 9.5,
        expires: 600,
        replyTo: 'somebody',
      });

      expect(await result.get(wait)).toMatchObject({
        id: result.id,
        root_id: result.id,
        parent_id: null,
        group: null,
        retries: 0,
        eta: null,
        expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*\+00:00$/),
        origin: expect.stringMatching(/^gen\d+@/),
        reply_to: 'somebody',
        correlation_id: result.id,
        headers: { traceparent: '00-ab-cd-01', shop: { id: 7 } },
        shadow: 'a name',
        timelimit: [20, 9.5],
        delivery_info: { exchange: '', routing_key: 'python', priority: 7, redelivered: false },
        replaced_task_nesting: 0,
        argsrepr: "(1, 'a')",
        kwargsrepr: "{'k': None}",
      });
    });

    test('without headers of its own a call has none, as in Python', async () => {
      const result = await send<{ headers: unknown }>('request_info');

      expect(await result.get(wait)).toMatchObject({ headers: null, stamped_headers: null });
    });
  });

  describe.concurrent('when a task runs', () => {
    test('a countdown is kept by the queue', async () => {
      const sent = Date.now();
      const result = await send('add', [1, 2], { countdown: 4 });

      expect(await result.get(wait)).toBe(3);
      expect((await result.dateDone())?.getTime()).toBeGreaterThanOrEqual(sent + 4000);
    });

    test('an expired task is revoked', async () => {
      const result = await send('add', [1, 2], { expires: new Date(Date.now() - 60_000) });

      await expect(result.get(wait)).rejects.toBeInstanceOf(TaskRevokedError);
      expect(await result.state()).toBe('REVOKED');
    });
  });

  describe.concurrent('results', () => {
    test('state, value, date and children are there', async () => {
      const result = await send('spawn', [2]);
      const ids = await result.get(wait);
      const children = await result.children();

      expect(await result.state()).toBe('SUCCESS');
      expect(children.map(({ id }) => id)).toEqual(ids);
      expect(await Promise.all(children.map((child) => child.get(wait)))).toEqual([0, 2]);
      expect(Math.abs(Date.now() - Number(await result.dateDone()))).toBeLessThan(60_000);
    });

    test('states in between are seen', async () => {
      const result = await send('progress', [10]);
      const seen: unknown[] = [];
      while (!(await result.ready())) {
        if ((await result.state()) === 'PROGRESS') seen.push(await result.info());
        await new Promise((resolve) => setTimeout(resolve, 50));
      }

      expect(await result.get(wait)).toBe('done');
      expect(seen).toContainEqual({ current: expect.any(Number), total: 10 });
    });

    test('a forgotten result is pending again', async () => {
      const result = await send('add', [1, 2]);
      await result.get(wait);
      await result.forget();

      expect(await app.AsyncResult(result.id).state()).toBe('PENDING');
    });

    test('an ignored result is null at once, and nothing is stored', async () => {
      const place = { queue: 'python.fifo', messageGroupId: 'ignored' };
      const ignored = await send('add', [1, 2], { ...place, ignoreResult: true });

      expect(await ignored.get(wait)).toBeNull();
      await (await send('add', [1, 2], place)).get(wait);
      expect(await app.AsyncResult(ignored.id).state()).toBe('PENDING');
    });
  });

  describe.concurrent('errors', () => {
    test("Python's builtin exceptions are caught as themselves", async () => {
      const error = await errorOf(send('fail', ['boom \u2603']));

      expect(error).toBeInstanceOf(ValueError);
      expect(error).toMatchObject({ message: 'boom \u2603', args: ['boom \u2603'] });
      expect(error).toHaveProperty(
        'traceback',
        expect.stringContaining('raise ValueError(message)'),
      );
    });

    test('a missing key is a KeyError, and so a LookupError', async () => {
      const error = await errorOf(send('typed', ['nope']));

      expect(error).toBeInstanceOf(KeyError);
      expect(error).toBeInstanceOf(LookupError);
    });

    test("an application's own exception keeps its name, module and arguments", async () => {
      const error = await errorOf(send('fail_custom', [9], { kwargs: { detail: ['a', 1] } }));

      expect(error).toBeInstanceOf(PythonError);
      expect(error).toMatchObject({
        name: 'InteropError',
        excModule: 'interop_app',
        args: [9, ['a', 1]],
      });
    });

    test('a nested exception keeps its qualified name', async () => {
      expect(await errorOf(send('fail_nested'))).toMatchObject({
        name: 'NestedHolder.NestedError',
        args: ['nested'],
      });
    });

    test('arguments that Python could not encode are shown', async () => {
      const error = await errorOf(send('fail_unserialisable'));

      expect(error).toBeInstanceOf(RuntimeError);
      expect(error).toMatchObject({ args: ["<class 'object'>", '{1, 2}'] });
    });

    test('a result that Python cannot encode is an EncodeError', async () => {
      expect(await errorOf(send('unserialisable'))).toBeInstanceOf(EncodeError);
    });

    test('arguments that do not fit are a TypeError that names the parameter', async () => {
      const error = await errorOf(send('add', [1]));

      expect(error).toBeInstanceOf(TypeError);
      expect(error).toHaveProperty('message', expect.stringMatching(/'y'/));
    });

    test('a task nobody knows is NotRegistered', async () => {
      const error = await errorOf(send('nope'));

      expect(error).toBeInstanceOf(NotRegistered);
      expect(error).toHaveProperty('task', 'interop.nope');
    });
  });

  describe.concurrent('FIFO queues', () => {
    test('tasks of one group run in the order of their sending', async () => {
      const results: AsyncResult[] = [];
      for (let i = 0; i < 5; i++) {
        const place = { queue: 'python.fifo', messageGroupId: 'ordered' };
        results.push(await send('slow', [0.1, i], place));
      }
      await Promise.all(results.map((result) => result.get(wait)));
      const done = await Promise.all(results.map((result) => result.dateDone()));

      expect(done.map(Number)).toEqual(done.map(Number).sort((a, b) => a - b));
    });
  });

  describe.concurrent('one task, delivered to both', () => {
    test('a late delivery to TypeScript does not replace what Python has finished', async () => {
      const result = await send('identity', ['by Python']);
      await result.get(wait);
      const place = { queue: 'orders.fifo', messageGroupId: result.id };
      await send('identity', ['by TypeScript'], { ...place, taskId: result.id });
      await (await send('add', [1, 2], place)).get(wait);

      expect(await app.AsyncResult(result.id).get(wait)).toBe('by Python');
    });

    test('a late delivery to Python does not replace what TypeScript has finished', async () => {
      const result = await send('identity', ['by TypeScript'], { queue: 'celery' });
      await result.get(wait);
      const place = { queue: 'python.fifo', messageGroupId: result.id };
      await send('identity', ['by Python'], { ...place, taskId: result.id });
      await (await send('add', [1, 2], place)).get(wait);

      expect(await app.AsyncResult(result.id).get(wait)).toBe('by TypeScript');
    });
  });
});

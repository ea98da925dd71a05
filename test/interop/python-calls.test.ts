import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { skipTelling } from '../support/skip.ts';
import { describeInterop, interopStack } from './interop-stack.ts';
import { PythonProducer } from './python-producer.ts';

await describeInterop('calls of Python producers', () => {
  let python: PythonProducer;

  beforeAll(async () => {
    const { pythonSettings } = await interopStack();
    python = await PythonProducer.start(pythonSettings);
  });

  afterAll(() => python?.close());

  describe.concurrent('what a task is told', () => {
    test('a task sees the request that a Python worker would see', async () => {
      const difference = await python.run(`
result = app.send_task('interop.request_info', (1, 'a'), {'k': None}, task_id='own-id-' + str(uuid.uuid4()),
                       priority=7, shadow='a name', time_limit=20, soft_time_limit=9.5, expires=600)
info = result.get(timeout=50)
expires = datetime.datetime.fromisoformat(info.pop('expires'))
assert 500 < (expires - datetime.datetime.now(datetime.timezone.utc)).total_seconds() < 600, expires
assert info.pop('origin').startswith('gen'), info
assert uuid.UUID(info.pop('reply_to')), info
return {key: value for key, value in info.items() if value != {
    'id': result.id, 'root_id': result.id, 'parent_id': None, 'group': None, 'group_index': None, 'retries': 0,
    'eta': None, 'correlation_id': result.id, 'headers': None, 'shadow': 'a name', 'timelimit': [20, 9.5],
    'delivery_info': {'exchange': '', 'routing_key': 'celery', 'priority': 7, 'redelivered': False},
    'ignore_result': None, 'stamped_headers': None, 'stamps': {}, 'replaced_task_nesting': 0,
    'argsrepr': "(1, 'a')", 'kwargsrepr': "{'k': None}"}[key]}`);

      expect(difference).toBe('{}');
    });

    test("the caller's own headers arrive as request.headers", async () => {
      const headers = await python.evaluate(
        "app.send_task('interop.request_info', headers={'traceparent': '00-ab-cd-01', 'shop': {'id': 7}}).get(timeout=50)['headers']",
      );

      expect(headers).toBe("{'traceparent': '00-ab-cd-01', 'shop': {'id': 7}}");
    });
  });

  describe.concurrent('when a task runs', () => {
    test('a countdown, which Python never gives to SQS, is kept by the worker', async () => {
      const seconds = await python.run(`
sent = datetime.datetime.now(datetime.timezone.utc)
result = app.send_task('interop.add', (1, 2), countdown=4)
assert result.get(timeout=50) == 3
return (result.date_done - sent).total_seconds()`);

      expect(Number(seconds)).toBeGreaterThanOrEqual(4);
      expect(Number(seconds)).toBeLessThan(30);
    });

    test.for([
      ['an eta in UTC', 'now + delta'],
      [
        'an eta in another zone',
        'now.astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30))) + delta',
      ],
      ['an eta without a zone, which means UTC', 'now.replace(tzinfo=None) + delta'],
    ])('%s is not run before', async ([, eta]) => {
      const early = await python.run(`
now, delta = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(seconds=3)
result = app.send_task('interop.add', (1, 2), eta=${eta})
result.get(timeout=50)
return (now + delta - result.date_done).total_seconds()`);

      expect(Number(early)).toBeLessThanOrEqual(0);
    });

    test('an expired task does not run and is revoked, as Python does it', async () => {
      const outcome = await python.run(`
result = app.send_task('interop.add', (1, 2), expires=datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1))
try:
    return result.get(timeout=50)
except celery.exceptions.TaskRevokedError as error:
    return result.state, error.args, result.traceback, result.date_done is not None`);

      expect(outcome).toBe("('REVOKED', ('expired',), None, True)");
    });

    test('a task that has time until it expires runs', async () => {
      expect(
        await python.evaluate("app.send_task('interop.add', (1, 2), expires=60).get(timeout=50)"),
      ).toBe('3');
    });
  });

  describe.concurrent('how a message may be written', () => {
    test.for([
      ['protocol 1', 'task_protocol = 1'],
      ['zlib under the name gzip', "task_compression = 'gzip'"],
      ['an envelope without base64', "broker_transport_options['sqs_base64_encoding'] = False"],
      ['a body without base64', "broker_transport_options['body_encoding'] = 'utf-8'"],
      [
        'nothing in base64',
        "broker_transport_options.update(sqs_base64_encoding=False, body_encoding='utf-8')",
      ],
      ['another time zone', "timezone = 'Asia/Kathmandu'"],
      ['local times', 'enable_utc = False'],
    ])('%s is read', async ([, settings]) => {
      const read = await python.run(`
producer = application("""${settings}""")
result = producer.send_task('interop.echo', ('h\u00e9llo', b'\\xff'), {'größe': 1}, countdown=1)
return result.get(timeout=50)`);

      expect(read).toBe("{'args': ['h\u00e9llo', b'\\xff'], 'kwargs': {'größe': 1}}");
    });

    test.for(['brotli', 'zstd'])('%s is read', async (compression, context) => {
      const known = await python.evaluate(`'${compression}' in kombu.compression._aliases`);
      if (known === 'False') skipTelling(context, `this Python has no ${compression}`);

      expect(
        await python.evaluate(
          `app.send_task('interop.add', (1, 2), compression='${compression}').get(timeout=50)`,
        ),
      ).toBe('3');
    });

    test('a compression that Node cannot undo fails the task with the reason', async () => {
      const error = await python.raisedBy(
        "app.send_task('interop.add', (1, 2), compression='bzip2').get(timeout=50)",
      );

      expect(error.type).toBe('kombu.exceptions.DecodeError');
      expect(error.args).toContain('application/x-bz2');
    });

    test('pickle is refused', async () => {
      const error = await python.raisedBy(
        "app.send_task('interop.add', (1, 2), serializer='pickle').get(timeout=50)",
      );

      expect(error.type).toBe('kombu.exceptions.ContentDisallowed');
      expect(error.args).toContain('application/x-python-serialize');
    });
  });

  describe.concurrent('FIFO queues', () => {
    test('tasks of one group run in the order of their sending, groups beside each other', async () => {
      const order = await python.run(`
results = {}
for i in range(6):
    for group in 'ab':
        results[f'{group}{i}'] = app.send_task('interop.slow', (0.3 - 0.05 * i,), queue='orders.fifo', MessageGroupId=group)
for result in results.values():
    result.get(timeout=55)
done = {name: result.date_done for name, result in results.items()}
return [''.join(name for name in sorted(done, key=done.get) if name.startswith(group)) for group in 'ab']`);

      expect(order).toBe("['a0a1a2a3a4a5', 'b0b1b2b3b4b5']");
    });

    test('a failed task does not hold up its group', async () => {
      const last = await python.run(`
app.send_task('interop.fail', queue='orders.fifo', MessageGroupId='failing')
return app.send_task('interop.add', (1, 2), queue='orders.fifo', MessageGroupId='failing').get(timeout=50)`);

      expect(last).toBe('3');
    });

    test('a message with a deduplication id that was taken is not taken again', async () => {
      const states = await python.run(`
once = str(uuid.uuid4())
twice = [app.send_task('interop.add', (1, 2), queue='orders.fifo', MessageGroupId='twice', MessageDeduplicationId=once)
         for _ in range(2)]
app.send_task('interop.add', (1, 2), queue='orders.fifo', MessageGroupId='twice').get(timeout=50)
return [result.state for result in twice]`);

      expect(states).toBe("['SUCCESS', 'PENDING']");
    });
  });
});

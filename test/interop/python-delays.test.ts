import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clients, createAwsAdapters, createClients } from '../../lib/aws/index.ts';
import { systemClock, systemRandom } from '../../lib/index.ts';
import type { Adapters } from '../../lib/ports/index.ts';
import { queueUrls } from '../../lib/protocol/endpoints.ts';
import { readTaskId } from '../../lib/protocol/index.ts';
import { messagesIn } from '../support/queue-counts.ts';
import { describeInterop, interopStack, producerOf } from './interop-stack.ts';
import { PythonProducer } from './python-producer.ts';
import { Starts } from './starts.ts';

await describeInterop('delays and revokes of Python producers', () => {
  let python: PythonProducer;
  let clients: Clients;
  let adapters: Adapters;
  let urls: ReadonlyMap<string, string>;
  let starts: Starts;

  beforeAll(async () => {
    const { endpoints, pythonSettings } = await interopStack();
    python = await PythonProducer.start(pythonSettings);
    clients = createClients({ region: endpoints.region });
    adapters = createAwsAdapters({ endpoints, clock: systemClock, random: systemRandom });
    urls = queueUrls(endpoints, 'queues');
    starts = new Starts(adapters.consumer, clients.sqs, urls);
  });

  afterAll(async () => {
    await python?.close();
    await adapters?.close();
    clients?.sqs.destroy();
    clients?.dynamodb.destroy();
  });

  describe.concurrent('an eta', () => {
    test('twice past the visibility timeout of 30 seconds is kept: the task runs once, on time', async ({
      expect,
    }) => {
      const [id, late] = await python.value<[string, number]>(`
eta = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=70)
result = app.send_task('interop.count_starts', eta=eta, queue='short')
result.get(timeout=110)
return result.id, (result.date_done - eta).total_seconds()`);
      const short = urls.get('short');
      await expect.poll(() => messagesIn(clients.sqs, short), { timeout: 40_000 }).toBe(0);

      expect(await starts.of([id])).toEqual([id]);
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(30);
    }, 180_000);

    test('on a FIFO queue is kept by a schedule, which lets the group go on and leaves the arguments alone', async () => {
      const answer = await python.run(`
eta = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=66)
value = {'arn': '<aws.scheduler.schedule-arn>', 'at': '<aws.scheduler.scheduled-time>'}
late = app.send_task('interop.identity', (value,), eta=eta, queue='orders.fifo', MessageGroupId='delays')
next = app.send_task('interop.identity', ('next',), queue='orders.fifo', MessageGroupId='delays')
assert next.get(timeout=40) == 'next'
assert late.get(timeout=110) == value, late.result
return next.date_done < eta, (late.date_done - eta).total_seconds() >= 0`);

      expect(answer).toBe('(True, True)');
    }, 150_000);
  });

  describe.concurrent('a revoke', () => {
    test.for([
      ['app.control.revoke', 'app.control.revoke(result.id)'],
      ['AsyncResult.revoke', 'result.revoke()'],
    ])('by %s ends a parked task at once', async ([, revoke]) => {
      const answer = await python.run(`
result = app.send_task('interop.identity', (1,), countdown=3600)
time.sleep(3)
before = result.state
${revoke}
try:
    result.get(timeout=50)
except celery.exceptions.TaskRevokedError as error:
    return before, result.state, error.args`);

      expect(answer).toBe("('PENDING', 'REVOKED', ('revoked',))");
    });

    test('with terminate ends a running task', async () => {
      const answer = await python.run(`
result = app.send_task('interop.progress', (280,), queue='extended')
while result.state == 'PENDING':
    time.sleep(0.2)
result.revoke(terminate=True)
try:
    return result.get(timeout=50)
except celery.exceptions.TaskRevokedError as error:
    return result.state, error.args`);

      expect(answer).toBe("('REVOKED', ('terminated',))");
    });

    test('by TypeScript ends what Python has sent', async () => {
      const app = producerOf(await interopStack());
      const sent = "app.send_task('interop.identity', (1,), countdown=3600).id";
      const id = (await python.evaluate(sent)).replaceAll("'", '');

      await app.AsyncResult(id).revoke();

      const answer = await python.run(`
try:
    AsyncResult('${id}', app=app).get(timeout=50)
except celery.exceptions.TaskRevokedError as error:
    return error.args`);
      expect(answer).toBe("('revoked',)");
      await app.close();
    });

    test('of every tenth of 200 tasks that wait in a queue starts none of them, and all others', async ({
      expect,
    }) => {
      const ids = await python.value<string[]>(
        "return [app.send_task('interop.count_starts', queue='waiting').id for _ in range(200)]",
      );
      const revoked = ids.filter((_, i) => i % 10 === 0);
      await python.run(`app.control.revoke(${JSON.stringify(revoked)})`);
      await expect.poll(() => recorded(revoked), { timeout: 30_000 }).toBe(revoked.length);

      await sendOn('waiting', 'celery', new Set(ids));

      const states = await python.value<string[]>(`
def ended(id):
    result = AsyncResult(id, app=app)
    result.get(timeout=100, propagate=False)
    return result.state
return [ended(id) for id in ${JSON.stringify(ids)}]`);
      expect(states).toEqual(ids.map((id) => (revoked.includes(id) ? 'REVOKED' : 'SUCCESS')));
      const others = ids.filter((id) => !revoked.includes(id));
      expect([...(await starts.of(ids))].sort()).toEqual(others.sort());
    }, 180_000);
  });

  /** How many of these a worker would find revoked. */
  async function recorded(ids: readonly string[]): Promise<number> {
    const tasks = ids.map((taskId) => ({ taskId, stamps: [] }));
    return (await adapters.revocations.revoked(tasks)).size;
  }

  /** Takes messages of these tasks from a queue that nobody serves to one that has a worker. */
  async function sendOn(from: string, to: string, ids: Set<string>): Promise<void> {
    while (ids.size > 0) {
      for (const delivery of await adapters.consumer.receive(from, { max: 10, waitSeconds: 1 })) {
        if (ids.delete(readTaskId(delivery.body) ?? '')) {
          await adapters.broker.send(to, { body: delivery.body });
        }
        await adapters.consumer.delete(delivery);
      }
    }
  }
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeInterop, interopStack, producerOf } from './interop-stack.ts';
import { PythonProducer } from './python-producer.ts';

await describeInterop('delays and revokes of Python producers', () => {
  let python: PythonProducer;

  beforeAll(async () => {
    const { pythonSettings } = await interopStack();
    python = await PythonProducer.start(pythonSettings);
  });

  afterAll(() => python?.close());

  describe.concurrent('an eta', () => {
    test('past the visibility timeout of 60 seconds is kept, on time', async () => {
      const late = await python.run(`
eta = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=64)
result = app.send_task('interop.identity', ('late',), eta=eta)
assert result.get(timeout=100) == 'late'
return (result.date_done - eta).total_seconds()`);

      expect(Number(late)).toBeGreaterThanOrEqual(0);
      expect(Number(late)).toBeLessThan(30);
    }, 120_000);

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
result = app.send_task('interop.progress', (44,))
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
  });
});

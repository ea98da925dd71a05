import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CeleryApp } from '../../cdk/index.ts';
import { allowedActions, aStack, workerEntry } from '../cdk/support.ts';
import { describeInterop, interopStack } from './interop-stack.ts';
import { PythonProducer } from './python-producer.ts';

await describeInterop('permissions of Python producers', () => {
  let python: PythonProducer;

  beforeAll(async () => {
    const { pythonSettings } = await interopStack();
    python = await PythonProducer.start(pythonSettings);
  });

  afterAll(() => python?.close());

  test('grantPythonProduce allows the calls that Celery makes, every one, and no other', async () => {
    await python.run(`
results = [app.send_task('interop.add', (i, i)) for i in range(2)]
app.send_task('interop.add', (1, 1), queue='orders.fifo').get(timeout=50)
group = GroupResult(str(uuid.uuid4()), results, app=app)
group.save()
assert GroupResult.restore(group.id, app=app).get(timeout=50) == [0, 2]
group.delete()
results[0].forget()
chord = celery.chord([app.signature('interop.add', (i, i)) for i in range(2)], app=app)
chord(app.signature('interop.xsum'))
app.control.revoke(str(uuid.uuid4()))`);

    expect(await python.awsCalls()).toEqual(grantedActions());
  });
});

/** What the construct lets a Python producer do, as IAM names it. */
function grantedActions(): string[] {
  const stack = aStack();
  const celery = new CeleryApp(stack, 'Celery', {
    workers: { default: { entry: workerEntry } },
    pythonControl: true,
  });
  const role = new Role(stack, 'Django', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  celery.grantPythonProduce(role);
  return [...allowedActions(stack, /^Django/).keys()].sort();
}

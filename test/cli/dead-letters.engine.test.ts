import { SQSClient } from '@aws-sdk/client-sqs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { CeleryApp } from '../../cdk/index.ts';
import { runCli } from '../../cli/run-cli.ts';
import { Celery, silentLogger } from '../../lib/index.ts';
import { createWorker } from '../../lib/worker/index.ts';
import { allowedActions, aStack, workerEntry } from '../cdk/support.ts';
import { openAwsFixtures, type QueuesFixture } from '../support/aws-fixtures.ts';
import { type BucketFixture, openBucket } from '../support/bucket-fixture.ts';
import { describeWithEngine } from '../support/engine.ts';

/** Runs `celery-aws dead-letters` in this process, and answers its exit code and what it printed. */
async function letters(...argv: readonly string[]) {
  const printed = { stdout: '', stderr: '' };
  const into = (stream: keyof typeof printed) => ({
    write(text: string) {
      printed[stream] += text;
    },
  });
  const streams = { stdout: into('stdout'), stderr: into('stderr') };
  const code = await runCli(['dead-letters', ...argv], streams);
  const lines = printed.stdout.split('\n').filter((line) => line !== '');
  return { code, lines, said: printed.stderr };
}

/** Every request to AWS from now on, as IAM names it. */
function recordCalls(): Set<string> {
  const calls = new Set<string>();
  const base = Object.getPrototypeOf(SQSClient.prototype);
  const send = base.send;
  vi.spyOn(base, 'send').mockImplementation(function (this: SQSClient, ...call: unknown[]) {
    const [command] = call as [object];
    const service = this.config.serviceId.toLowerCase();
    calls.add(`${service}:${command.constructor.name.replace(/Command$/, '')}`);
    return send.apply(this, call);
  });
  return calls;
}

await describeWithEngine('celery-aws dead-letters', () => {
  const aws = openAwsFixtures();
  let bucket: BucketFixture;
  let place: QueuesFixture;
  let producer: Celery;

  beforeAll(async () => {
    bucket = await openBucket();
  });

  afterAll(async () => {
    await bucket.close();
    await aws.close();
  });

  beforeEach(async () => {
    place = await aws.createQueues();
    const { queue, queues } = place;
    const url = queues.url(queue);
    const endpoints = JSON.stringify({
      version: 1,
      region: 'us-east-1',
      defaultQueue: queue,
      queueUrl: url,
      queues: { [queue]: queue },
      deadLetterQueues: { [queue]: queues.deadLetterQueue(queue) },
      resultTable: await aws.resultTable(),
      stateTable: await aws.stateTable(),
      blobBucket: bucket.bucket,
    });
    vi.stubEnv('CELERY_ENDPOINTS', endpoints);
    producer = new Celery('producer', { logger: silentLogger });
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await producer.close();
    await place.close();
  });

  /** Has a worker that knows no task take what is there, until `count` messages are dead. */
  async function letThemDie(count: number): Promise<void> {
    const adapters = await producer.adapters();
    const worker = createWorker(new Celery('worker', { logger: silentLogger }), adapters);
    for (let died = 0; died < count; ) {
      const deliveries = await adapters.consumer.receive(place.queue, { max: 10, waitSeconds: 5 });
      const startedAt = Date.now();
      await worker.process(deliveries, { token: 't', startedAt, deadline: startedAt + 30_000 });
      for (const delivery of deliveries) await adapters.consumer.delete(delivery);
      died += deliveries.length;
    }
  }

  /** What lies in the queue, taken from it. */
  async function waiting() {
    const { consumer } = await producer.adapters();
    return await consumer.receive(place.queue, { max: 10, waitSeconds: 2 });
  }

  test('list shows letters as a table or as JSON, those asked for, and leaves them', async () => {
    const add = await producer.sendTask('shop.add', [1, 2]);
    await producer.sendTask('shop.mail', ['ann'], { kwargs: { to: 'bob' }, argsrepr: "('?',)" });
    await letThemDie(2);

    const table = await letters('list');
    const json = await letters('list', '--json', '--task', '*.mail', '--with-arguments');
    const none = await letters('list', '--reason', 'WorkerLost*');

    expect(table).toMatchObject({ code: 0, said: '2 letters found.\n' });
    expect(table.lines[0]).toMatch(/^SINCE +QUEUE +TASK +ID +REASON +ARGUMENTS +DETAIL$/);
    expect(table.lines.slice(1)).toHaveLength(2);
    expect(table.lines).toContainEqual(
      expect.stringMatching(new RegExp(`shop\\.add +${add.id} +NotRegistered +\\(1, 2\\)`)),
    );
    expect(table.lines).toContainEqual(
      expect.stringMatching(/shop\.mail +\S+ +NotRegistered +\('\?',\) {'to': 'bob'}/),
    );
    expect(json.lines.map((line) => JSON.parse(line))).toMatchObject([
      { task: 'shop.mail', argsrepr: "('?',)", args: ['ann'], kwargs: { to: 'bob' } },
    ]);
    expect(none).toMatchObject({ code: 0, lines: [], said: '0 letters found.\n' });
    expect((await letters('list')).lines).toHaveLength(3);
  });

  test('retry sends back what is asked for, as it was', async () => {
    const kept = await producer.sendTask('shop.add', [1, 2]);
    const gone = await producer.sendTask('shop.add', [3, 4]);
    await letThemDie(2);

    const { code, said } = await letters('retry', '--id', gone.id);

    expect([code, said]).toEqual([0, '1 letter sent back.\n']);
    const back = await waiting();
    expect(back.map(({ body }) => JSON.parse(body).headers.id)).toEqual([gone.id]);
    expect((await letters('list', '--json')).lines.map((line) => JSON.parse(line).id)).toEqual([
      kept.id,
    ]);
  });

  test('edit and drop do nothing without --yes, but show what they would', async () => {
    const { id } = await producer.sendTask('shop.add', [1, 2]);
    await letThemDie(1);

    const drop = await letters('drop', '--json');
    const edit = await letters('edit', '--set-args', '[5, 6]', '--json');

    for (const { code, lines, said } of [drop, edit]) {
      expect(code).toBe(1);
      expect(lines.map((line) => JSON.parse(line).id)).toEqual([id]);
      expect(said).toContain('Nothing was done yet. With --yes they are');
    }
    expect(await waiting()).toEqual([]);
    expect((await letters('list')).lines).toHaveLength(2);
  });

  test('edit --yes sends letters back with what was set', async () => {
    const { id } = await producer.sendTask('shop.ad', [1, 2]);
    await letThemDie(1);

    const { code } = await letters(
      ...['edit', '--yes', '--task', 'shop.ad', '--set-task', 'shop.add'],
      ...['--set-args', '[5, 6]', '--set-headers', '{"why": "a typo"}'],
    );

    const [back] = await waiting();
    expect(code).toBe(0);
    expect(JSON.parse(back?.body ?? '').headers).toMatchObject({
      ...{ id, task: 'shop.add', why: 'a typo', argsrepr: '(5, 6)' },
    });
    expect((await letters('list')).lines).toEqual([]);
  });

  test('drop --yes deletes', async () => {
    await producer.sendTask('shop.add', [1, 2]);
    await letThemDie(1);

    expect(await letters('drop', '--yes')).toMatchObject({ code: 0, said: '1 letter deleted.\n' });

    expect((await letters('list')).lines).toEqual([]);
    expect(await waiting()).toEqual([]);
  });

  test('arguments that lie in S3 are shown, stay there, and give way to others', async () => {
    const text = 'x'.repeat(2_000_000);
    for (const task of ['a', 'b', 'c']) await producer.sendTask(task, [text]);
    await letThemDie(3);
    const before = await bucket.keys();

    const { lines } = await letters('list', '--json', '--with-arguments');
    await letters('retry', '--task', 'a');
    await letters('edit', '--task', 'b', '--yes', '--set-task', 'd');
    await letters('edit', '--task', 'c', '--yes', '--set-args', '["small"]');

    expect(lines.map((line) => JSON.parse(line).args)).toEqual([[text], [text], [text]]);
    const back = (await waiting()).map(({ body }) => JSON.parse(body).headers);
    expect(back.map((headers) => [headers.task, 'payload_reference' in headers]).sort()).toEqual([
      ['a', true],
      ['c', false],
      ['d', true],
    ]);
    expect((await letters('list')).lines).toEqual([]);
    expect(await bucket.keys()).toEqual(before);
  });

  test('makes just the calls that grantDeadLetters allows', async () => {
    for (const task of ['a', 'b', 'c', 'd']) await producer.sendTask(task, ['x'.repeat(2_000_000)]);
    await letThemDie(4);
    const calls = recordCalls();

    await letters('list');
    await letters('retry', '--task', 'a');
    const args = JSON.stringify(['y'.repeat(2_000_000)]);
    await letters('edit', '--task', 'b', '--yes', '--set-task', 'e', '--set-args', args);
    await letters('drop', '--task', 'c', '--yes');

    expect([...calls].sort()).toEqual(grantedActions());
  });
});

/** What the construct lets an operator do, as IAM names it. */
function grantedActions(): string[] {
  const stack = aStack();
  const celery = new CeleryApp(stack, 'Celery', {
    workers: { default: { entry: workerEntry } },
    largePayloads: true,
  });
  const role = new Role(stack, 'Operator', {
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
  });
  celery.grantDeadLetters(role);
  return [...allowedActions(stack, /^Operator/).keys()].sort();
}

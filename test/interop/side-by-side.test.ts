import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clients, createClients } from '../../lib/aws/index.ts';
import { queueUrls } from '../../lib/protocol/endpoints.ts';
import { type MessagePlace, messagesIn } from '../support/queue-counts.ts';
import {
  type Call,
  type Comparison,
  comparisonTable,
  differing,
  type Facts,
} from './comparison.ts';
import { describeInterop, interopStack } from './interop-stack.ts';
import { PythonProducer } from './python-producer.ts';
import { type PythonWorker, startPythonWorker } from './python-worker.ts';
import { sideBySideCalls } from './side-by-side-calls.ts';

/** Queues of a worker of each language, both with `result_extended`. */
const queues = { python: 'peer', typescript: 'extended' };
const mostSeconds = 150;

await describeInterop('each task, run by Python and by TypeScript', () => {
  let producer: PythonProducer;
  let worker: PythonWorker;
  let clients: Clients;
  let urls: ReadonlyMap<string, string>;

  beforeAll(async () => {
    const { endpoints, pythonSettings } = await interopStack();
    urls = queueUrls(endpoints, 'queues');
    clients = createClients({ region: endpoints.region });
    // A retry of an earlier run, whose eta is yet to come, would count as a message of this one.
    await Promise.all(Object.values(queues).map(purge));
    const settings = `${pythonSettings}\nresult_extended = True\n`;
    worker = await startPythonWorker(settings, [queues.python], 'prefork');
    producer = await PythonProducer.start(settings);
  });

  afterAll(async () => {
    await producer?.close();
    await worker?.close();
    clients?.sqs.destroy();
    clients?.dynamodb.destroy();
  });

  test('leaves the same for Python to read', { timeout: 4 * mostSeconds * 1000 }, async () => {
    const ended = await readBoth(sideBySideCalls.filter(({ until }) => until === undefined));
    const onTheWay = await readBoth(sideBySideCalls.filter(({ until }) => until !== undefined));
    const compared = [...ended, ...onTheWay];

    process.stdout.write(`\n${comparisonTable(compared).join('\n')}\n\n`);

    const found = compared.map((one) => [one.call.send, differing(one).sort()]);
    const listed = compared.map(({ call }) => [call.send, Object.keys(call.differs ?? {}).sort()]);
    expect(found).toEqual(listed);
  });

  async function readBoth(calls: readonly Call[]): Promise<readonly Comparison[]> {
    const [python, typescript] = await Promise.all([
      run(calls, queues.python),
      run(calls, queues.typescript),
    ]);
    return calls.map((call, i) => ({
      call,
      python: python[i] ?? {},
      typescript: typescript[i] ?? {},
    }));
  }

  /** Sends all calls to a queue, and reads each when it has come as far as it will. */
  async function run(calls: readonly Call[], queue: string): Promise<readonly Facts[]> {
    const sends = calls.map(({ send }) => `app.send_task(${send}, queue='${queue}').id`);
    const ids = await producer.value<string[]>(`return [${sends.join(', ')}]`);
    const told = await Promise.all(
      calls.map((call, i) => (call.silent ? undefined : read(call, queue, ids[i] ?? ''))),
    );
    if (told.includes(undefined)) await settled(queue);
    return await Promise.all(told.map((facts, i) => facts ?? readNow(queue, ids[i] ?? '')));
  }

  async function read({ until }: Call, queue: string, id: string): Promise<Facts> {
    const states = until ? `, ['${until}']` : '';
    return await producer.value(
      `return reading.facts_in(AsyncResult('${id}', app=app), '${queue}', ${mostSeconds}${states})`,
    );
  }

  async function readNow(queue: string, id: string): Promise<Facts> {
    return await producer.value(`return reading.facts(AsyncResult('${id}', app=app), '${queue}')`);
  }

  /**
   * What stores nothing has ended when no message waits or is at work, and one sent later has been through Python's only
   * process. What Python holds back there, it has rejected: that reappears after the visibility timeout.
   */
  async function settled(queue: string): Promise<void> {
    const empty = { timeout: mostSeconds * 1000, interval: 200 };
    const places: readonly MessagePlace[] = ['waiting', 'delayed'];
    const counted = queue === queues.python ? places : [...places, 'inFlight' as const];
    await expect.poll(() => messagesIn(clients.sqs, urls.get(queue), counted), empty).toBe(0);
    await producer.evaluate(
      `app.send_task('interop.add', (1, 1), queue='${queue}').get(timeout=${mostSeconds})`,
    );
  }

  async function purge(queue: string): Promise<void> {
    await clients.sqs.send(new PurgeQueueCommand({ QueueUrl: urls.get(queue) }));
  }
});

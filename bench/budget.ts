import type { Celery, Endpoints } from '../lib/index.ts';
import { createWorkerHandler } from '../lib/lambda/index.ts';
import { capacityOf } from './capacity.ts';
import { type CountingProxy, type SeenRequest, startCountingProxy } from './counting-proxy.ts';
import { context, eventOf } from './lambda-events.ts';
import type { Row } from './row.ts';
import type { Stage } from './stage.ts';
import { type BenchApp, benchApp, recordCalls, recordMessages } from './tasks.ts';

const tasks = 10;

/** Requests and capacity of batches of ten tasks, counted before the engine, against what a task may take. */
export async function measureBudget(stage: Stage): Promise<Row[]> {
  const engine = process.env.AWS_ENDPOINT_URL ?? '';
  const proxy = await startCountingProxy(engine);
  process.env.AWS_ENDPOINT_URL = proxy.endpoint;
  const bench = benchApp({ endpoints: behind(proxy, stage) });
  const { app } = bench;
  try {
    return [
      ...(await plainTasks(bench, proxy, stage)),
      ...(await retries(app, proxy, stage)),
      ...(await rateLimited(app, proxy, stage)),
      ...(await uniqueCalls(app, proxy)),
    ];
  } finally {
    process.env.AWS_ENDPOINT_URL = engine;
    await app.close();
    await proxy.close();
  }
}

/** The SDK sends to the host of a queue's URL. */
function behind({ endpoint }: CountingProxy, { endpoints, queueUrl }: Stage): Endpoints {
  return { ...endpoints, queueUrl: queueUrl.replace(new URL(queueUrl).origin, endpoint) };
}

async function plainTasks(
  { app, add }: BenchApp,
  proxy: CountingProxy,
  { endpoints, clients }: Stage,
): Promise<Row[]> {
  await app.sendBatch(Array.from({ length: tasks }, (_, i) => add.s(i, i)));
  const publish = proxy.take();
  const { bodies } = await recordMessages(tasks);
  await createWorkerHandler(app)(eventOf(bodies, endpoints.defaultQueue), context);
  const work = proxy.take();
  const { readUnits, writeUnits } = await capacityOf(work, clients.dynamodb);
  return [
    budgetRow('requests a task: publish', countOf(publish), 0.1),
    budgetRow('requests a task: admit', countOf(work, 'BatchGetItem'), 0.1),
    budgetRow('requests a task: finish', countOf(work, 'UpdateItem'), 1),
    budgetRow('requests a task: all', countOf([...publish, ...work]), 1.2),
    budgetRow('read units a task: result and revoke', readUnits, 2),
    budgetRow('write units a task', writeUnits, 1),
  ];
}

/** Ten runs that each end with `retry({ countdown })`. */
async function retries(app: Celery, proxy: CountingProxy, { endpoints }: Stage): Promise<Row[]> {
  app.task('bench.retry', { bind: true }, (self) => self.retry({ countdown: 60 }));
  const bodies = await recordCalls('bench.retry', tasks);
  await createWorkerHandler(app)(eventOf(bodies, endpoints.defaultQueue), context);
  const work = proxy.take();
  return [
    budgetRow('retry with countdown: writes', countOf(work, 'UpdateItem'), 1),
    budgetRow('retry with countdown: sends', countOf(work, 'SendMessage'), 1),
  ];
}

/** The first batch of a task, which also makes its clock, at a rate that holds nobody up. */
async function rateLimited(
  app: Celery,
  proxy: CountingProxy,
  { endpoints }: Stage,
): Promise<Row[]> {
  app.task('bench.limited', { rateLimit: '600000/m' }, () => null);
  const bodies = await recordCalls('bench.limited', tasks);
  await createWorkerHandler(app)(eventOf(bodies, endpoints.defaultQueue), context);
  const work = proxy.take();
  const clock = work.filter(({ input }) => input.TableName === endpoints.stateTable);
  return [budgetRow('rate limit: writes besides the result', countOf(clock, 'UpdateItem'), 0.2)];
}

async function uniqueCalls(app: Celery, proxy: CountingProxy): Promise<Row[]> {
  for (let i = 0; i < tasks; i++) {
    await app.sendTask('bench.add', [i, i], { unique: { key: `bench ${i}`, ttl: 60 } });
  }
  const publish = proxy.take();
  return [
    budgetRow('unique call: writes', countOf(publish, 'UpdateItem'), 2),
    budgetRow('unique call: sends', countOf(publish, 'SendMessage'), 1),
  ];
}

/** Of one operation, or of all. */
function countOf(seen: readonly SeenRequest[], of?: string): number {
  return seen.filter(({ operation }) => of === undefined || operation === of).length;
}

/** Nothing at all is a miss too: then nothing was done. */
function budgetRow(measure: string, total: number, budget: number): Row {
  const each = total / tasks;
  return {
    measure: `${measure} | budget, in batches of ten`,
    ours: String(each),
    peer: String(budget),
    ratio: (each / budget).toFixed(2),
    required: '<= 1',
    met: each > 0 && each <= budget,
  };
}

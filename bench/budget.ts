import { createWorkerHandler } from '../lib/lambda/index.ts';
import { capacityOf } from './capacity.ts';
import { type SeenRequest, startCountingProxy } from './counting-proxy.ts';
import { context, eventOf } from './lambda-events.ts';
import type { Row } from './row.ts';
import type { Stage } from './stage.ts';
import { benchApp, recordMessages } from './tasks.ts';

const tasks = 10;

/** Requests and capacity of a batch of ten tasks, counted before the engine, against what a task may take. */
export async function measureBudget({ endpoints, queueUrl, clients }: Stage): Promise<Row[]> {
  const engine = process.env.AWS_ENDPOINT_URL ?? '';
  const proxy = await startCountingProxy(engine);
  process.env.AWS_ENDPOINT_URL = proxy.endpoint;
  // The SDK sends to the host of a queue's URL.
  const proxied = {
    ...endpoints,
    queueUrl: queueUrl.replace(new URL(queueUrl).origin, proxy.endpoint),
  };
  const { app, add } = benchApp({ endpoints: proxied });
  try {
    const { bodies } = await recordMessages(tasks);
    await app.sendBatch(Array.from({ length: tasks }, (_, i) => add.s(i, i)));
    const publish = proxy.take();
    await createWorkerHandler(app)(eventOf(bodies, endpoints.defaultQueue), context);
    const work = proxy.take();
    const { readUnits, writeUnits } = await capacityOf(work, clients.dynamodb);
    return [
      budgetRow('requests a task: publish', countOf(publish), 0.1),
      budgetRow('requests a task: admit', countOf(work, 'BatchGetItem'), 0.1),
      budgetRow('requests a task: finish', countOf(work, 'UpdateItem'), 1),
      budgetRow('requests a task: all', countOf([...publish, ...work]), 1.2),
      budgetRow('read units a task', readUnits, 1),
      budgetRow('write units a task', writeUnits, 1),
    ];
  } finally {
    process.env.AWS_ENDPOINT_URL = engine;
    await app.close();
    await proxy.close();
  }
}

/** Of one operation, or of all. */
function countOf(seen: readonly SeenRequest[], of?: string): number {
  return seen.filter(({ operation }) => of === undefined || operation === of).length;
}

/** Nothing at all is a miss too: then the batch was not worked on. */
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

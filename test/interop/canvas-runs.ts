import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { type Clients, createClients } from '../../lib/aws/index.ts';
import { type AsyncResult, Celery, GroupResult } from '../../lib/index.ts';
import { parseEndpoints, queueUrls } from '../../lib/protocol/endpoints.ts';
import type { ResultTuple } from '../../lib/protocol/index.ts';
import { deployedStack } from '../support/deployed-stack.ts';
import { messagesIn } from '../support/queue-counts.ts';
import type { CanvasRun, Outcome, Runner, Sender } from './canvas-comparison.ts';
import { canvasShapes } from './canvas-shapes.ts';
import { canvasTasks } from './canvas-tasks.ts';
import { PythonProducer } from './python-producer.ts';
import { type PythonWorker, startPythonWorker } from './python-worker.ts';

/** The queue of each way to run canvas. */
const queues = { Python: 'python', TypeScript: 'typescript', both: 'both' } as const;
const runners = ['Python', 'TypeScript', 'both'] as const;
const senders = ['Python', 'TypeScript'] as const;
const mostSeconds = 120;

/** A canvas on its way. */
type Sent = Pick<CanvasRun, 'shape' | 'sentBy' | 'runBy'> & { readonly reference: ResultTuple };

/** What it left behind. */
type Trace = Pick<CanvasRun, 'facts' | 'workers'>;

/** Producers and Python workers around the stack of `canvas-app.ts`. */
export class CanvasRuns {
  /** Producers by who runs what they send. */
  readonly python: Record<Runner, PythonProducer>;
  readonly typescript: Record<Runner, Celery>;
  readonly #workers: readonly PythonWorker[];
  readonly #clients: Clients;
  readonly #urls: ReadonlyMap<string, string>;

  private constructor(
    python: Record<Runner, PythonProducer>,
    typescript: Record<Runner, Celery>,
    workers: readonly PythonWorker[],
    clients: Clients,
    urls: ReadonlyMap<string, string>,
  ) {
    this.python = python;
    this.typescript = typescript;
    this.#workers = workers;
    this.#clients = clients;
    this.#urls = urls;
  }

  static async start(): Promise<CanvasRuns> {
    const { CeleryEndpoints = '', CeleryPythonSettings = '' } =
      (await deployedStack('test/interop/canvas-app.ts')).Canvas ?? {};
    const endpoints = parseEndpoints(CeleryEndpoints);
    const urls = queueUrls(endpoints, 'queues');
    const clients = createClients({ region: endpoints.region });
    // What an earlier run has left would be run in this one.
    for (const QueueUrl of urls.values()) {
      await clients.sqs.send(new PurgeQueueCommand({ QueueUrl }));
    }
    const settings = (queue: string) =>
      `${CeleryPythonSettings}\ntask_default_queue = '${queue}'\nresult_extended = True\n`;
    const [workers, ...python] = await Promise.all([
      // The deployed worker takes many at once, and shall leave some.
      Promise.all(
        [queues.Python, queues.both, queues.both].map((queue) =>
          startPythonWorker(settings(queue), [queue]),
        ),
      ),
      PythonProducer.start(settings(queues.Python)),
      PythonProducer.start(settings(queues.TypeScript)),
      PythonProducer.start(settings(queues.both)),
    ]);
    const typescript = (queue: string) =>
      new Celery('producer', { endpoints, taskDefaultQueue: queue });
    return new CanvasRuns(
      { Python: python[0], TypeScript: python[1], both: python[2] },
      {
        Python: typescript(queues.Python),
        TypeScript: typescript(queues.TypeScript),
        both: typescript(queues.both),
      },
      workers,
      clients,
      urls,
    );
  }

  async close(): Promise<void> {
    for (const runner of runners) {
      await this.typescript[runner].close();
      await this.python[runner].close();
    }
    for (const worker of this.#workers) await worker.close();
    this.#clients.sqs.destroy();
    this.#clients.dynamodb.destroy();
  }

  /** Every shape, sent `times` times by each language, with what has become of it. */
  async runAll(runBy: Runner, times: number): Promise<readonly CanvasRun[]> {
    const ending = Object.keys(canvasShapes).filter(
      (shape) => runBy === 'TypeScript' || !canvasShapes[shape]?.unlikePython?.hangs,
    );
    const shapes = Array.from({ length: times }, () => ending).flat();
    const sent = (
      await Promise.all(senders.map((sentBy) => this.#sendAll(shapes, sentBy, runBy)))
    ).flat();
    const [python, typescript] = await Promise.all([
      Promise.all(sent.map((one) => this.#readByPython(one))),
      Promise.all(sent.map((one) => this.#readByTypeScript(one))),
    ]);
    await this.#settled(queues[runBy]);
    const traces = await this.#traces(sent, runBy);
    return sent.map((one, i) => ({
      ...one,
      outcomes: { Python: python[i] as Outcome, TypeScript: typescript[i] as Outcome },
      ...(traces[i] as Trace),
    }));
  }

  async #sendAll(
    shapes: readonly string[],
    sentBy: Sender,
    runBy: Runner,
  ): Promise<readonly Sent[]> {
    const sent: Sent[] = [];
    for (const shape of shapes) {
      sent.push({ shape, sentBy, runBy, reference: await this.#send(shape, sentBy, runBy) });
    }
    return sent;
  }

  /** A group's result is saved, for the other language to restore it. */
  async #send(shape: string, sentBy: Sender, runBy: Runner): Promise<ResultTuple> {
    const canvas = canvasShapes[shape];
    if (!canvas) throw new Error(`There is no canvas '${shape}'`);
    if (sentBy === 'Python') {
      const expression = JSON.stringify(canvas.python);
      return await this.python[runBy].value(`import canvas\nreturn canvas.send(${expression})`);
    }
    const result = await canvas.typescript(canvasTasks(this.typescript[runBy]));
    if (result instanceof GroupResult) await result.save();
    return result.asTuple();
  }

  async #readByPython({ runBy, reference: [[id], members] }: Sent): Promise<Outcome> {
    const result = members
      ? `GroupResult.restore('${id}', app=canvas.app)`
      : `AsyncResult('${id}', app=canvas.app)`;
    return await this.python[runBy].value(
      `import canvas\nreturn canvas.outcome(${result}, ${mostSeconds})`,
    );
  }

  async #readByTypeScript({ runBy, reference: [[id], members] }: Sent): Promise<Outcome> {
    const app = this.typescript[runBy];
    const result = members ? await app.restoreGroup(id) : app.AsyncResult(id);
    if (!result) throw new Error(`Group ${id} was not saved`);
    return await outcomeOf(result);
  }

  /** What follows an end, an errback among it, is still to come when the end is read. */
  async #settled(queue: string): Promise<void> {
    const empty = { timeout: mostSeconds * 1000, interval: 200 };
    await expect.poll(() => messagesIn(this.#clients.sqs, this.#urls.get(queue)), empty).toBe(0);
  }

  async #traces(sent: readonly Sent[], runBy: Runner): Promise<readonly Trace[]> {
    const references = JSON.stringify(JSON.stringify(sent.map(({ reference }) => reference)));
    return await this.python[runBy].value(`
import canvas
traces = canvas.Traces()
return [{'facts': traces.facts(one), 'workers': traces.workers(one)} for one in json.loads(${references})]`);
  }
}

async function outcomeOf(result: AsyncResult): Promise<Outcome> {
  try {
    return { value: await result.get({ timeout: mostSeconds }) };
  } catch (error) {
    const { name, message, args = [message] } = error as Error & { args?: readonly unknown[] };
    return { error: name, args };
  }
}

import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { createClients } from '../../lib/aws/index.ts';
import { type AsyncResult, Celery, GroupResult } from '../../lib/index.ts';
import { type Endpoints, parseEndpoints, queueUrls } from '../../lib/protocol/endpoints.ts';
import type { ResultTuple } from '../../lib/protocol/index.ts';
import { firesSchedules } from '../../local/fire-schedules.ts';
import type { RunningCli } from '../support/celery-aws.ts';
import { deployedStack } from '../support/deployed-stack.ts';
import type { CanvasRun, Outcome, Runner, Sender } from './canvas-comparison.ts';
import { canvasShapes } from './canvas-shapes.ts';
import { canvasTasks } from './canvas-tasks.ts';
import { startCommandLineWorker } from './command-line-worker.ts';
import { PythonProducer } from './python-producer.ts';
import { type PythonWorker, startPythonWorker } from './python-worker.ts';

/** The queue of each way to run canvas. */
const queues = { Python: 'python', TypeScript: 'typescript', both: 'both' } as const;
const runners = ['Python', 'TypeScript', 'both'] as const;
const senders = ['Python', 'TypeScript'] as const;
const mostSeconds = 240;
/** Shapes on their way at once. */
const together = 12;

/** A canvas on its way. */
type Sent = Pick<CanvasRun, 'shape' | 'sentBy' | 'runBy'> & { readonly reference: ResultTuple };

/** One whose callers have read its end. */
export type EndedCanvas = Sent & Pick<CanvasRun, 'outcomes'>;

/** What it left behind. */
type Trace = Pick<CanvasRun, 'facts' | 'workers'>;

/** Producers and Python workers around the stack of `canvas-app.ts`. */
export class CanvasRuns {
  /** Producers by who runs what they send. */
  readonly python: Record<Runner, PythonProducer>;
  readonly typescript: Record<Runner, Celery>;
  /** The engine takes its time. */
  readonly slow: boolean;
  readonly #workers: readonly PythonWorker[];
  /** Beside a deployed worker that a slow engine wakes too seldom to get its share. */
  readonly #commandLine: RunningCli | undefined;

  private constructor(
    python: Record<Runner, PythonProducer>,
    typescript: Record<Runner, Celery>,
    workers: readonly PythonWorker[],
    commandLine: RunningCli | undefined,
  ) {
    this.slow = commandLine !== undefined;
    this.#commandLine = commandLine;
    this.python = python;
    this.typescript = typescript;
    this.#workers = workers;
  }

  static async start(): Promise<CanvasRuns> {
    const { CeleryEndpoints = '', CeleryPythonSettings = '' } =
      (await deployedStack('test/interop/canvas-app.ts')).Canvas ?? {};
    const endpoints = parseEndpoints(CeleryEndpoints);
    await purge(endpoints);
    const settings = (queue: string) =>
      `${CeleryPythonSettings}\ntask_default_queue = '${queue}'\nresult_extended = True\n`;
    const slow = !(await firesSchedules(process.env.AWS_ENDPOINT_URL ?? ''));
    const commandLine = slow ? startCommandLineWorker(CeleryEndpoints, queues.both) : undefined;
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
      commandLine?.printed(/ready/),
    ]).catch((error) => {
      commandLine?.kill('SIGKILL');
      throw error;
    });
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
      commandLine,
    );
  }

  async close(): Promise<void> {
    this.#commandLine?.kill('SIGINT');
    for (const runner of runners) {
      await this.typescript[runner].close();
      await this.python[runner].close();
    }
    for (const worker of this.#workers) await worker.close();
    await this.#commandLine?.ended;
  }

  /** Every shape, sent by each language, until its callers have read its end. */
  async runAll(runBy: Runner): Promise<readonly EndedCanvas[]> {
    const ending = this.#shapes().filter(
      (shape) => runBy === 'TypeScript' || !canvasShapes[shape]?.unlikePython?.hangs,
    );
    const ended: EndedCanvas[] = [];
    for (let start = 0; start < ending.length; start += together) {
      const shapes = ending.slice(start, start + together);
      const sent = await Promise.all(senders.map((sentBy) => this.#sendAll(shapes, sentBy, runBy)));
      ended.push(...(await Promise.all(sent.flat().map((one) => this.#end(one)))));
    }
    return ended;
  }

  /** LocalStack gives a function one batch at a time, and takes a minute for ten canvases: there every sixth has to do. */
  #shapes(): readonly string[] {
    return Object.keys(canvasShapes).filter((_, place) => !this.slow || place % 6 === 0);
  }

  /** What they have left in the table by now: links and errbacks may come after the end that callers read. */
  async trace(ended: readonly EndedCanvas[]): Promise<readonly CanvasRun[]> {
    const references = JSON.stringify(JSON.stringify(ended.map(({ reference }) => reference)));
    const traces = await this.python.both.value<readonly Trace[]>(`
import canvas
traces = canvas.Traces()
return [{'facts': traces.facts(one), 'workers': traces.workers(one)} for one in json.loads(${references})]`);
    return ended.map((one, i) => ({ ...one, ...(traces[i] as Trace) }));
  }

  async #end(sent: Sent): Promise<EndedCanvas> {
    // Ours reads for all that wait at once, so it is ours that waits.
    const typescript = await this.#readByTypeScript(sent);
    const python = await this.#readByPython(sent);
    return { ...sent, outcomes: { Python: python, TypeScript: typescript } };
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
}

/** What an earlier run has left would be run in this one. */
async function purge(endpoints: Endpoints): Promise<void> {
  const { sqs, dynamodb } = createClients({ region: endpoints.region });
  for (const QueueUrl of queueUrls(endpoints, 'queues').values()) {
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  }
  sqs.destroy();
  dynamodb.destroy();
}

async function outcomeOf(result: AsyncResult): Promise<Outcome> {
  try {
    return { value: await result.get({ timeout: mostSeconds }) };
  } catch (error) {
    const { name, message, args = [message] } = error as Error & { args?: readonly unknown[] };
    return { error: name, args };
  }
}

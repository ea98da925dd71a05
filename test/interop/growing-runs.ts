import { type AsyncResult, Celery } from '../../lib/index.ts';
import { parseEndpoints } from '../../lib/protocol/endpoints.ts';
import { firesSchedules } from '../../local/fire-schedules.ts';
import type { RunningCli } from '../support/celery-aws.ts';
import { deployedStack } from '../support/deployed-stack.ts';
import { engineEndpoint } from '../support/engine.ts';
import type { Outcome, Runner, Sender } from './canvas-comparison.ts';
import { canvasTasks } from './canvas-tasks.ts';
import { startCommandLineWorker } from './command-line-worker.ts';
import { growingShapes } from './growing-shapes.ts';
import { PythonProducer } from './python-producer.ts';
import { type PythonWorker, startPythonWorker } from './python-worker.ts';

/** The queue of each way to run canvas. */
const queues = { Python: 'python', TypeScript: 'typescript', both: 'both' } as const;
export const senders: readonly Sender[] = ['Python', 'TypeScript'];
const waitSeconds = 45;
/** Celery itself adds nothing on DynamoDB: to what both run, TypeScript adds. */
const taskRoutes = { 'interop.add_to_chord': { queue: queues.TypeScript } };

/** Who took a task from the queue that all share. */
export type Poller = 'Lambda' | 'celery-aws worker' | 'Python';

/** A canvas that was sent, and what became of it. */
export interface GrowingRun {
  readonly shape: string;
  readonly sentBy: Sender;
  readonly runBy: Runner;
  /** The ends of its results, as each language reads them. */
  readonly ends: Readonly<Record<Sender, readonly Outcome[]>>;
}

/** Producers and workers around the stack of `growing-app.ts`; to the shared queue come Lambda, Python and the command line. */
export class GrowingRuns {
  readonly python: Record<Runner, PythonProducer>;
  readonly typescript: Record<Runner, Celery>;
  /** The engine takes its time. */
  readonly slow: boolean;
  readonly #workers: readonly PythonWorker[];
  readonly #commandLine: RunningCli;

  private constructor(
    python: Record<Runner, PythonProducer>,
    typescript: Record<Runner, Celery>,
    workers: readonly PythonWorker[],
    commandLine: RunningCli,
    slow: boolean,
  ) {
    this.python = python;
    this.typescript = typescript;
    this.#workers = workers;
    this.#commandLine = commandLine;
    this.slow = slow;
  }

  static async start(): Promise<GrowingRuns> {
    const { CeleryEndpoints = '', CeleryPythonSettings = '' } =
      (await deployedStack('test/interop/growing-app.ts')).GrowingCanvas ?? {};
    const settings = (queue: string) =>
      `${CeleryPythonSettings}\ntask_default_queue = '${queue}'\nresult_extended = True\n`;
    const ofBoth = `${settings(queues.both)}task_routes = ${JSON.stringify(taskRoutes)}\n`;
    const adding = `${settings(queues.Python)}imports = ['chord_additions']\n`;
    const commandLine = startCommandLineWorker(CeleryEndpoints, queues.both);
    const [workers, ...python] = await Promise.all([
      Promise.all([
        startPythonWorker(adding, [queues.Python]),
        startPythonWorker(ofBoth, [queues.both]),
      ]),
      PythonProducer.start(settings(queues.Python)),
      PythonProducer.start(settings(queues.TypeScript)),
      PythonProducer.start(ofBoth),
      commandLine.printed(/ready/),
    ]).catch((error) => {
      commandLine.kill('SIGKILL');
      throw error;
    });
    const endpoints = parseEndpoints(CeleryEndpoints);
    const typescript = (queue: string, more = {}) =>
      new Celery('producer', { endpoints, taskDefaultQueue: queue, ...more });
    return new GrowingRuns(
      { Python: python[0], TypeScript: python[1], both: python[2] },
      {
        Python: typescript(queues.Python),
        TypeScript: typescript(queues.TypeScript),
        both: typescript(queues.both, { taskRoutes }),
      },
      workers,
      commandLine,
      !(await firesSchedules(engineEndpoint() ?? '')),
    );
  }

  async close(): Promise<void> {
    this.#commandLine.kill('SIGINT');
    for (const app of Object.values(this.typescript)) await app.close();
    for (const producer of Object.values(this.python)) await producer.close();
    for (const worker of this.#workers) await worker.close();
    await this.#commandLine.ended;
  }

  /** Sends each of these shapes from both languages, at once, and reads their ends in both. */
  async run(shapes: readonly string[], runBy: Runner): Promise<readonly GrowingRun[]> {
    const cases = shapes.flatMap((shape) => senders.map((sentBy) => ({ shape, sentBy, runBy })));
    return await Promise.all(cases.map((one) => this.#run(one)));
  }

  /** Who ran each of these tasks of the shared queue. */
  async pollersOf(ids: readonly string[]): Promise<readonly Poller[]> {
    const workers = await this.python.both.value<readonly string[]>(
      `import growing\nreturn growing.workers(json.loads('${JSON.stringify(ids)}'))`,
    );
    return workers.map((worker) => {
      if (worker.startsWith('celery@')) return 'Python';
      return worker.startsWith('typescript@') ? 'celery-aws worker' : 'Lambda';
    });
  }

  async #run(one: Omit<GrowingRun, 'ends'>): Promise<GrowingRun> {
    const ids = one.sentBy === 'Python' ? await this.#sendByPython(one) : await this.#send(one);
    const { runBy } = one;
    const typescript = await Promise.all(ids.map((id) => outcomeOf(this.typescript[runBy], id)));
    const python = await this.python[runBy].value<readonly Outcome[]>(
      `import growing\nreturn growing.outcomes(json.loads('${JSON.stringify(ids)}'), ${waitSeconds})`,
    );
    return { ...one, ends: { Python: withoutIds(python), TypeScript: withoutIds(typescript) } };
  }

  async #send({ shape, runBy }: Omit<GrowingRun, 'ends'>): Promise<readonly string[]> {
    const app = this.typescript[runBy];
    const sent = await growingShapes[shape]?.typescript(canvasTasks(app), app);
    return [sent].flat().map((result) => (result as AsyncResult).id);
  }

  async #sendByPython({ shape, runBy }: Omit<GrowingRun, 'ends'>): Promise<readonly string[]> {
    const expression = JSON.stringify(growingShapes[shape]?.python);
    return await this.python[runBy].value(`import growing\nreturn growing.send(${expression})`);
  }
}

async function outcomeOf(app: Celery, id: string): Promise<Outcome> {
  try {
    return { value: await app.AsyncResult(id).get({ timeout: waitSeconds }) };
  } catch (error) {
    const { name, message, args = [message] } = error as Error & { args?: readonly unknown[] };
    return { error: name, args };
  }
}

function withoutIds<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>'),
  );
}

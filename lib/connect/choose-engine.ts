import { ImproperlyConfigured } from '../errors.ts';
import type { Adapters, Clock, GroupCodec, Random } from '../ports/index.ts';
import { type Endpoints, parseEndpoints } from '../protocol/endpoints.ts';

type InProcessApp = Parameters<
  typeof import('../worker/polling/in-process.ts')['startInProcessWorker']
>[0];

/** Where an application's engine is, and what its adapters work with. */
export interface ConnectOptions {
  /** The parsed endpoints, or any value that `CELERY_ENDPOINTS` takes. */
  readonly endpoints?: string | Endpoints;
  /** Queues, results and worker in this process, and nowhere else. */
  readonly engine?: 'memory';
  /** Read for `CELERY_ENDPOINTS` when neither of the above is given: `process.env`, as a rule. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Celery's `global_keyprefix` of the results table; default none. */
  readonly keyPrefix?: string;
  /** How saved groups are written and read; default plain JSON. */
  readonly groupCodec?: GroupCodec;
  readonly clock: Clock;
  readonly random: Random;
  /** Whose tasks the in-process engine runs. */
  readonly app: InProcessApp;
}

/** What connects to an engine of each kind: only the chosen one is asked for. */
export interface EngineRooms {
  aws(): Promise<Pick<typeof import('../aws/index.ts'), 'createAwsAdapters' | 'readParameter'>>;
  memory(): Promise<Pick<typeof import('./in-process.ts'), 'connectInProcess'>>;
}

const memory = 'memory';
const parameterScheme = 'ssm:';

/** Chooses the engine and gives its adapters, as `connect` says. */
export async function chooseEngine(options: ConnectOptions, rooms: EngineRooms): Promise<Adapters> {
  const { engine, endpoints = options.environment?.CELERY_ENDPOINTS } = options;
  const source = typeof endpoints === 'string' ? endpoints.trim() : endpoints;
  if (engine === memory || source === memory) {
    return await (await rooms.memory()).connectInProcess(options);
  }
  if (!source) throw nowhere();
  const { createAwsAdapters, readParameter } = await rooms.aws();
  const { keyPrefix, groupCodec, clock, random } = options;
  return createAwsAdapters({
    endpoints: typeof source === 'string' ? await readEndpoints(source, readParameter) : source,
    keyPrefix,
    groupCodec,
    clock,
    random,
  });
}

async function readEndpoints(
  source: string,
  readParameter: (name: string) => Promise<string>,
): Promise<Endpoints> {
  return parseEndpoints(
    source.startsWith(parameterScheme)
      ? await readParameter(source.slice(parameterScheme.length))
      : source,
  );
}

function nowhere(): ImproperlyConfigured {
  return new ImproperlyConfigured(
    'Nothing says where the queues and the results are. Either set CELERY_ENDPOINTS to the value that the stack prints as ' +
      "output CeleryEndpoints (grantProduce(fn) of the construct sets it on a function), or run everything in this process: engine: 'memory', " +
      'or CELERY_ENDPOINTS=memory.',
  );
}

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endpointOf, isAws } from './environment.ts';
import { EngineUnavailable } from './errors.ts';
import { freePort } from './free-port.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';
import { localstack } from './localstack.ts';
import { ministack } from './ministack.ts';

/** A local AWS that answers. */
export interface Engine {
  /** Its URL: what AWS_ENDPOINT_URL is to hold. */
  readonly endpoint: string;
  /** What it is, for people. */
  readonly name: string;
  /** Its process group; undefined when somebody else started it. */
  readonly processGroup: number | undefined;
  /** Ends what we started, Lambda's processes included; does nothing to an engine that was there already. */
  stop(): Promise<void>;
}

/** How a kind of engine is started. */
export interface EngineRecipe {
  readonly name: string;
  /** Answers 2xx as soon as the engine takes requests. */
  readonly readyPath: string;
  readonly readyWithinSeconds: number;
  /** How long it may take to end after SIGTERM. */
  readonly graceSeconds: number;
  /** Installs what is missing; undefined when this machine lacks what it needs. */
  prepare(report: (line: string) => void): Promise<EngineCommand | undefined>;
}

/** The program and environment for an engine on `port` that may write to `folder`. */
export type EngineCommand = (
  port: number,
  folder: string,
) => {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** How to find or start an engine. */
export interface EngineOptions {
  /** Default: this process's environment. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Tried first; another is taken when it is in use. Default: any free one. */
  readonly port?: number;
  /** Takes a line for what takes long. Default: says nothing. */
  readonly report?: (line: string) => void;
  /** Gives up, and stops what was started, when aborted. */
  readonly signal?: AbortSignal;
  /** In order of preference. Default: LocalStack in Docker, ministack on Python. */
  readonly recipes?: readonly EngineRecipe[];
}

/**
 * The engine at AWS_ENDPOINT_URL, or one started here: LocalStack where Docker runs, else ministack where Python is.
 *
 * @throws EngineUnavailable when there is none, saying what to install.
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const endpoint = endpointOf(options.environment ?? process.env);
  return endpoint === undefined ? startFirstPossible(options) : existingEngine(endpoint);
}

async function existingEngine(endpoint: string): Promise<Engine> {
  if (isAws(endpoint)) {
    throw new EngineUnavailable(
      `AWS_ENDPOINT_URL=${endpoint} is AWS itself. Unset it to have a local AWS started here.`,
    );
  }
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(10_000) });
  } catch (cause) {
    throw new EngineUnavailable(
      `Nothing answers at AWS_ENDPOINT_URL=${endpoint}. Start that engine, or unset the variable to have one started here.`,
      { cause },
    );
  }
  return { endpoint, name: 'AWS_ENDPOINT_URL', processGroup: undefined, stop: async () => {} };
}

async function startFirstPossible(options: EngineOptions): Promise<Engine> {
  const report = options.report ?? (() => {});
  const failures: string[] = [];
  for (const recipe of options.recipes ?? [localstack, ministack]) {
    try {
      const command = await recipe.prepare(report);
      if (command !== undefined) return await start(recipe, command, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      failures.push(reason);
      report(`${recipe.name} could not be started: ${reason}`);
    }
  }
  throw new EngineUnavailable(
    [
      'No local AWS can be started here. Install one of',
      '  - Docker, and start it: https://docs.docker.com/get-docker/',
      '  - Python 3.11 or later, with venv (on Debian and Ubuntu: apt install python3-venv)',
      'or set AWS_ENDPOINT_URL to an engine that runs already.',
      'With nothing but Node, `npm run demo` (or `npx celery-aws demo`) shows the same in this process.',
      ...failures.map((reason) => `Tried: ${reason}`),
    ].join('\n'),
  );
}

async function start(
  recipe: EngineRecipe,
  commandFor: EngineCommand,
  options: EngineOptions,
): Promise<Engine> {
  const port = await freePort(options.port);
  const folder = await mkdtemp(join(tmpdir(), 'celery-aws-'));
  const logFile = join(folder, 'engine.log');
  const program = commandFor(port, folder);
  const guarded = await startGuarded({ ...program, logFile, graceSeconds: recipe.graceSeconds });
  const stop = async () => {
    await guarded.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const endpoint = `http://localhost:${port}`;
  try {
    await untilReady(endpoint + recipe.readyPath, recipe, guarded, logFile, options.signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, name: recipe.name, processGroup: guarded.groupId, stop };
}

async function untilReady(
  url: string,
  recipe: EngineRecipe,
  guarded: GuardedProcess,
  logFile: string,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + recipe.readyWithinSeconds * 1000;
  while (!(await answers(url))) {
    const late = Date.now() > deadline;
    if (guarded.ended() || late) {
      const what = late ? `did not answer ${url} in ${recipe.readyWithinSeconds} s` : 'ended';
      throw new EngineUnavailable(
        `${recipe.name} ${what}. Its log:\n${await readFile(logFile, 'utf8')}`,
      );
    }
    await sleep(100, undefined, { signal });
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    // Refused or reset: not up yet. The caller's deadline bounds how long that may last.
    return false;
  }
}

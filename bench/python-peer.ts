import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pythonSettings } from '../cdk/constructs/python-settings.ts';
import { sdkVariables } from '../local/environment.ts';
import { celeryPython, prepareCeleryPython } from '../test/support/python.ts';
import type { SendingPlace } from './instant-sqs.ts';

/** Python Celery in a process of its own, which takes a command a line and answers each with a line of JSON. */
export interface Python {
  /** @throws Error when it has ended */
  ask(command: object): Promise<unknown>;
  close(): Promise<void>;
}

/** A producer and reader that measures itself: its start and our pipe do not count. */
export interface PythonPeer {
  /** Seconds for so many `apply_async`, one after another. */
  send(count: number): Promise<number>;
  /** Seconds for `get()` of each of these results, one after another. */
  get(ids: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/** Starts the producer and reader on the same queue and table. */
export async function startPythonPeer(
  place: SendingPlace,
  report: (line: string) => void,
): Promise<PythonPeer> {
  const { ask, close } = await startPython('peer.py', place, report);
  return {
    send: async (count) => Number(await ask({ send: count })),
    get: async (ids) => Number(await ask({ get: ids })),
    close,
  };
}

/**
 * Starts a script on the same queue and table, with the settings that a stack would print.
 *
 * @param script Its name in this folder.
 */
export async function startPython(
  script: string,
  { endpoint, endpoints, queueUrl }: SendingPlace,
  report: (line: string) => void,
): Promise<Python> {
  await prepareCeleryPython(report);
  const folder = await mkdtemp(join(tmpdir(), 'celery-aws-bench-'));
  const settings = join(folder, 'celeryconfig.py');
  const { region, defaultQueue, resultTable } = endpoints;
  const queues = new Map([[defaultQueue, queueUrl]]);
  const ttlSeconds = 86_400;
  await writeFile(
    settings,
    pythonSettings({ region, queues, defaultQueue, resultTable, ttlSeconds }),
  );
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(celeryPython() ?? 'python3', [path, settings], {
    env: { PATH: process.env.PATH, HOME: folder, ...sdkVariables(endpoint) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async ask(command) {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('The Python peer has ended; what it wrote stands above');
      return JSON.parse(value);
    },
    async close() {
      child.stdin.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

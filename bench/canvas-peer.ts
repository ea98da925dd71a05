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

/** A Python Celery worker in a process of its own, which sends itself chords. */
export interface CanvasPeer {
  /** Answers the id of the chord's body. */
  sendChord(parts: number): Promise<string>;
  close(): Promise<void>;
}

/** Starts the peer on a queue and the results table, with the settings that a stack would print. */
export async function startCanvasPeer(
  { endpoint, endpoints, queueUrl }: SendingPlace,
  report: (line: string) => void,
): Promise<CanvasPeer> {
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
  const script = fileURLToPath(new URL('canvas_peer.py', import.meta.url));
  const child = spawn(celeryPython() ?? 'python3', [script, settings], {
    env: { PATH: process.env.PATH, HOME: folder, ...sdkVariables(endpoint) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async sendChord(parts) {
      child.stdin.write(`${parts}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('The Python peer has ended; what it wrote stands above');
      return value;
    },
    async close() {
      child.stdin.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

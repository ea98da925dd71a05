import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Stage } from './stage.ts';

/** Where producers send to. */
export type SendingPlace = Pick<Stage, 'endpoint' | 'endpoints' | 'queueUrl'>;

/** A place where every message is taken at once. */
export interface InstantSqs extends SendingPlace {
  close(): Promise<void>;
}

/** Starts it in a process of its own, so that it takes no time from whoever sends; the queue has the stage's name. */
export async function startInstantSqs({ endpoints, queueUrl }: Stage): Promise<InstantSqs> {
  const server = fileURLToPath(new URL('instant-sqs-server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', server], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const [port] = await once(createInterface(child.stdout), 'line');
  const endpoint = `http://127.0.0.1:${port}`;
  // The SDK sends to the host of a queue's URL, and warns where AWS_ENDPOINT_URL names another.
  const url = queueUrl.replace(new URL(queueUrl).origin, endpoint);
  return {
    endpoint,
    endpoints: { ...endpoints, queueUrl: url },
    queueUrl: url,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

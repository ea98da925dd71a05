import type { Celery } from '../../app/index.ts';
import type { Adapters } from '../../ports/index.ts';
import { createWorker } from '../worker.ts';
import { pollQueues } from './poll-queues.ts';

/** A worker in the process of its producers. */
export interface InProcessWorker {
  /** Finishes what is in hand and ends. */
  stop(): Promise<void>;
}

/** Runs an application's tasks in this process, from every queue that there is or comes to be. */
export function startInProcessWorker(
  app: Celery,
  adapters: Adapters,
  onNewQueue?: (listener: (queue: string) => void) => void,
): InProcessWorker {
  const worker = createWorker(app, adapters, { hostname: `in-process@${app.main}` });
  const ending = new AbortController();
  const loops: Promise<void>[] = [];
  const poll = (queue: string) => {
    loops.push(pollQueues(worker, { queues: [queue], signal: ending.signal }));
  };
  const { controlQueue } = adapters.broker;
  for (const queue of adapters.broker.queues()) poll(queue);
  if (controlQueue !== undefined) poll(controlQueue);
  onNewQueue?.(poll);
  return {
    async stop() {
      ending.abort();
      await Promise.all(loops);
    },
  };
}

import type { Adapters } from '../ports/index.ts';
import type { ConnectOptions } from './choose-engine.ts';

/** Queues, results and a worker of `app`, all in this process, and new at every call. */
export async function connectInProcess({ app, clock, random }: ConnectOptions): Promise<Adapters> {
  const { MemoryEngine } = await import('../memory/index.ts');
  const { startInProcessWorker } = await import('../worker/polling/in-process.ts');
  const fanouts = app.router.exchanges.fanouts();
  const engine = new MemoryEngine({ clock, random, blobs: true, fanouts });
  const adapters = engine.adapters();
  const worker = startInProcessWorker(app, adapters, (listener) => engine.onNewQueue(listener));
  return {
    ...adapters,
    async close() {
      await worker.stop();
      await adapters.close();
    },
  };
}

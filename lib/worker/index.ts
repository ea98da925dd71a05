export { type InProcessWorker, startInProcessWorker } from './polling/in-process.ts';
export { type PollOptions, pollQueues, settleDelivery } from './polling/poll-queues.ts';
export type { Settlement } from './settlement.ts';
export { createWorker, type Worker, type WorkerOptions } from './worker.ts';
export type { Invocation, TaskEnd } from './worker-runtime.ts';

export { AppEndpoints, type AppEndpointsProps } from './constructs/app-endpoints.ts';
export { Broadcast, type BroadcastProps } from './constructs/broadcast.ts';
export { CeleryApp } from './constructs/celery-app.ts';
export type {
  AppBroadcastOptions,
  AppQueueOptions,
  AppWorkerOptions,
  CeleryAppProps,
} from './constructs/celery-app-props.ts';
export type { CeleryTableProps } from './constructs/celery-table.ts';
export { ParkedMessages, type ParkedMessagesProps } from './constructs/parked-messages.ts';
export { PayloadBucket, type PayloadBucketProps } from './constructs/payload-bucket.ts';
export { PythonControl, type PythonControlProps } from './constructs/python-control.ts';
export type { Priorities } from './constructs/queue-lanes.ts';
export { ResultTable } from './constructs/result-table.ts';
export { StateTable } from './constructs/state-table.ts';
export { TaskQueue, type TaskQueueOptions, type TaskQueueProps } from './constructs/task-queue.ts';
export { Worker, type WorkerOptions, type WorkerProps } from './constructs/worker.ts';

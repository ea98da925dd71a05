export type { SignatureOptions } from './call-methods.ts';
export type { PreparedCanvas } from './canvas-sender.ts';
export { Celery, type ResultsOf } from './celery.ts';
export type { CeleryOptions } from './celery-options.ts';
export { type Connect, connectThrough } from './connector.ts';
export type { Control, StampedHeaders } from './control.ts';
export type { ErrbackHandler, FailedRequest } from './errback.ts';
export type { AnyHandler, ByName, Handler } from './handler-types.ts';
export type { Hooks } from './hooks.ts';
export type { Middleware, PublishCall, PublishChanges } from './middleware.ts';
export type { RegisteredTask } from './registered-task.ts';
export type { TaskSource } from './registry.ts';
export {
  type RequestDeliveryInfo,
  type RequestExtra,
  requestFromMessage,
  type TaskRequest,
} from './request.ts';
export type { ErrorClass, RetryOptions } from './retry.ts';
export { currentTask, type ExecutionContext, type Self, type StateUpdate } from './self.ts';
export type { CanvasMode, ResultBackendTransportOptions, Settings } from './settings.ts';
export { sharedTask, signature } from './shared-task.ts';
export type { PublishSignal, SignalListener, SignalName, Signals, TaskSignal } from './signals.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts';
export type {
  AnyTask,
  ApplyArgs,
  ApplyOptions,
  DefineTask,
  RefDefaults,
  SendableTask,
  Task,
  TaskRef,
  TypedProducer,
} from './task.ts';
export type { EndHandler, TaskHandlers } from './task-handlers.ts';
export type {
  ResolvedTaskOptions,
  RetrySettings,
  TaskOptions,
  UniqueTaskOption,
} from './task-options.ts';

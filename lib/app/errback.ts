import { DecodeError } from '../errors.ts';
import type { WireSignature } from '../protocol/index.ts';
import type { Celery } from './celery.ts';
import type { TaskRequest } from './request.ts';
import type { Self } from './self.ts';
import { defineTask, type TaskDefinition, type TaskHandler } from './task-definition.ts';

/** What an errback knows of the task that failed: all of its request where it ran, else what its workflow knew. */
export type FailedRequest = Pick<TaskRequest, 'id'> & Partial<TaskRequest>;

/**
 * Called when a task has failed.
 *
 * @param traceback As stored; null: none.
 * @param own Arguments of the errback's own signature.
 */
export type ErrbackHandler = (
  request: FailedRequest,
  exc: Error,
  traceback: string | null,
  ...own: readonly never[]
) => unknown;

/** Keyword under which a worker of ours hands an errback the request that failed. */
const failedRequestKeyword = 'failed_request';

/**
 * The errback, told the request that failed where it was declared here, be it immutable: so are those that Celery calls
 * itself. What was to follow the request it is not told.
 */
export function withFailedRequest(
  { tasks }: Pick<Celery, 'tasks'>,
  errback: WireSignature,
  request: FailedRequest,
): WireSignature {
  if (!tasks.get(errback.task)?.isErrback) return errback;
  const { callbacks: _, errbacks: __, chain: ___, chord: ____, ...told } = request;
  const kwargs = { ...errback.kwargs, [failedRequestKeyword]: told };
  return { ...errback, kwargs, immutable: false };
}

/**
 * An errback as a task: a message brings the failed task's id, from Python's workers alone, from ours with the request;
 * the error is read from the failed task's result.
 *
 * @see celery.backends.base.Backend._call_task_errbacks
 */
export function defineErrback(name: string, handler: ErrbackHandler): TaskDefinition {
  const run = async (
    { app }: Self,
    [id, ...own]: readonly unknown[],
    { [failedRequestKeyword]: failed }: Readonly<Record<string, unknown>>,
  ): Promise<unknown> => {
    if (typeof id !== 'string') {
      throw new DecodeError(
        `Errback ${name} expects the id of the failed task as first argument, got ${typeof id}`,
      );
    }
    const request = (failed as FailedRequest | undefined) ?? { id };
    const result = app.AsyncResult(id);
    const error: unknown = await result.result();
    const exc = error instanceof Error ? error : new Error(`Task ${id} failed, and has no result`);
    return await handler(request, exc, await result.traceback(), ...(own as never[]));
  };
  return {
    ...defineTask(name, { bind: true, params: ['*args', '**kwargs'] }, run as TaskHandler),
    isErrback: true,
  };
}

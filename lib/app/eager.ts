import type { TaskCall } from '../canvas/index.ts';
import { ImproperlyConfigured, isA, Retry } from '../errors.ts';
import {
  encodeException,
  newTaskMessage,
  parseJson,
  type ResultDocument,
  stringifyJson,
  TaskState,
} from '../protocol/index.ts';
import type { Snapshot } from '../results/index.ts';
import type { Celery } from './celery.ts';
import type { RegisteredTask } from './registered-task.ts';
import { requestFromMessage } from './request.ts';
import { currentContext, type ExecutionContext } from './self.ts';
import { hearsEnd, tellEnd } from './task-end.ts';

/** A task that ended in this process. */
export interface EagerRun {
  readonly id: string;
  readonly snapshot: Snapshot;
}

/**
 * Runs a task here and now as a worker would: names and schemas apply, `request.isEager` is true, an error becomes the
 * state FAILURE. Nothing is sent, stored or serialised.
 *
 * @throws ImproperlyConfigured for links, which only workers follow
 * @see celery.app.task.Task.apply
 */
export async function runEagerly(
  app: Celery,
  task: RegisteredTask,
  call: TaskCall,
): Promise<EagerRun> {
  refuseLinks(call);
  const id = call.options.taskId ?? app.random.uuid();
  const context = eagerContext(app, call, id);
  try {
    const value = await task.run(context, await task.bind(call.args, call.kwargs));
    const snapshot = succeeded(app, id, context, value);
    await tell(app, task, context, snapshot, value);
    return { id, snapshot };
  } catch (error) {
    if (isA(error, Retry)) return await runEagerly(app, task, nextAttempt(call, id, error));
    const snapshot = failed(app, id, context, error);
    await tell(app, task, context, snapshot, error);
    return { id, snapshot };
  }
}

async function tell(
  { hooks }: Celery,
  task: RegisteredTask,
  { request }: ExecutionContext,
  { document: { status: state, traceback } }: Snapshot,
  retval: unknown,
): Promise<void> {
  if (!hearsEnd(hooks, task)) return;
  await tellEnd(hooks, { task, request, state, retval, traceback, ran: true });
}

/** Nobody waits for a countdown here, as in Celery. */
function nextAttempt(call: TaskCall, taskId: string, { changes }: Retry): TaskCall {
  const { args = call.args, kwargs = call.kwargs, ...options } = changes;
  const retries = (call.options.retries ?? 0) + 1;
  return { ...call, args, kwargs, options: { ...call.options, ...options, taskId, retries } };
}

/** The call as a message would carry it, so that what works eagerly works when sent. @throws EncodeError */
export function asSent(call: TaskCall): TaskCall {
  const [args, kwargs] = parseJson(stringifyJson([call.args, call.kwargs])) as [
    TaskCall['args'],
    TaskCall['kwargs'],
  ];
  return { ...call, args, kwargs };
}

function refuseLinks({ task, options }: TaskCall): void {
  if (options.link === undefined && options.linkError === undefined) return;
  throw new ImproperlyConfigured(
    `A call of ${task} runs eagerly and has a link or linkError, which only workers follow: take it away, or send the call`,
  );
}

function eagerContext(
  app: Celery,
  { task, args, kwargs, options }: TaskCall,
  id: string,
): ExecutionContext {
  const parent = currentContext()?.request;
  const message = newTaskMessage({
    task,
    id,
    args,
    kwargs,
    rootId: options.rootId ?? parent?.rootId ?? id,
    parentId: options.parentId ?? parent?.id ?? null,
    headers: { ...parent?.headers, ...options.headers },
    retries: options.retries ?? 0,
    shadow: options.shadow ?? null,
  });
  return {
    request: requestFromMessage(message, { hostname: app.hostname, isEager: true }),
    signal: new AbortController().signal,
    async updateState() {},
    assertOpen() {},
    children: [],
  };
}

function succeeded(app: Celery, id: string, context: ExecutionContext, value: unknown): Snapshot {
  const result = value ?? null;
  return { document: documentOf(app, id, context, TaskState.SUCCESS, result), final: true, result };
}

function failed(app: Celery, id: string, context: ExecutionContext, error: unknown): Snapshot {
  const { exception, traceback } = encodeException(error);
  const document = documentOf(app, id, context, TaskState.FAILURE, exception);
  return { document: { ...document, traceback }, final: true, result: error };
}

function documentOf(
  app: Celery,
  taskId: string,
  { request, children }: ExecutionContext,
  status: string,
  result: unknown,
): ResultDocument {
  return {
    taskId,
    status,
    result,
    traceback: null,
    children,
    dateDone: new Date(app.clock.now()),
    parentId: request.parentId,
    name: request.task,
    args: request.args,
    kwargs: request.kwargs,
    worker: request.hostname,
    retries: request.retries,
  };
}

import { type CanvasCall, encodeLinks } from '../canvas/index.ts';
import { Ignore, isA, NotRegistered, Reject, Retry } from '../errors.ts';
import {
  encodeException,
  newTaskMessage,
  parseJson,
  type ResultDocument,
  type ResultTuple,
  stringifyJson,
  TaskState,
  type WireSignature,
} from '../protocol/index.ts';
import type { Snapshot } from '../results/index.ts';
import type { Celery } from './celery.ts';
import type { NamedCall } from './children.ts';
import { Replacement } from './replacement.ts';
import { requestFromMessage, type TaskRequest } from './request.ts';
import type { ExecutionContext } from './self.ts';
import { hearsEnd, tellEnd } from './task-end.ts';

/** A call whose task runs in this process, its id settled. */
export type EagerCall = CanvasCall & { readonly options: { readonly taskId: string } };

/** What a run in this process is a part of. */
export interface EagerSurroundings {
  /** How the tasks of the workflow ended so far. */
  readonly ends: ReadonlyMap<string, Snapshot>;
  /** Headers that the task has from the one before it. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** Adds a part to the chord of the running task. */
  addToChord(request: TaskRequest, signature: WireSignature): ResultTuple;
}

/** How one task in this process came out; `replaced`: its end is that of what goes on under its id. */
export type EagerEnd =
  | {
      readonly kind: 'ended';
      readonly request: TaskRequest;
      readonly snapshot: Snapshot;
      /** What the task sent, in its snapshot too: what follows it is added. */
      readonly children: ResultTuple[];
    }
  | { readonly kind: 'replaced'; readonly request: TaskRequest; readonly by: Replacement };

/**
 * Runs one task here and now as a worker would: names and schemas apply, `request.isEager` is true, an error becomes the
 * state FAILURE, `Ignore` IGNORED and `Reject` REJECTED, and what is to be retried is, at once. Nothing is sent or stored.
 *
 * @see celery.app.task.Task.apply
 */
export async function runEagerly(
  app: Celery,
  call: EagerCall,
  surroundings: EagerSurroundings,
): Promise<EagerEnd> {
  const context = eagerContext(app, call, surroundings);
  const { request } = context;
  const task = app.tasks.get(call.task);
  const { children } = context;
  if (!task) {
    const snapshot = failed(app, context, new NotRegistered(call.task));
    return { kind: 'ended', request, snapshot, children };
  }
  const tell = async (snapshot: Snapshot, retval: unknown): Promise<EagerEnd> => {
    const { status: state, traceback } = snapshot.document;
    if (hearsEnd(app.hooks, task)) {
      await tellEnd(app.hooks, { task, request, state, retval, traceback, ran: true });
    }
    return { kind: 'ended', request, snapshot, children };
  };
  try {
    const value = await task.run(context, await task.bind(call.args, call.kwargs));
    return await tell(succeeded(app, context, value), value);
  } catch (error) {
    if (isA(error, Replacement)) return { kind: 'replaced', request, by: error };
    if (isA(error, Retry)) return await runEagerly(app, nextAttempt(call, error), surroundings);
    return await tell(failed(app, context, error), error);
  }
}

/** A call as one of a workflow, on behalf of the running task if there is one. */
export function eagerCall(call: NamedCall, parent: TaskRequest | undefined): EagerCall {
  const { link, linkError, ...options } = call.options;
  const { rootId = parent?.rootId, parentId = parent?.id } = options;
  const embed = {
    callbacks: encodeLinks(link),
    errbacks: encodeLinks(linkError),
    chain: null,
    chord: null,
  };
  return { ...call, options: { ...options, rootId, parentId }, canvas: { embed } };
}

/** Nobody waits for a countdown here, as in Celery. */
function nextAttempt(call: EagerCall, { changes }: Retry): EagerCall {
  const { args = call.args, kwargs = call.kwargs, ...options } = changes;
  const retries = (call.options.retries ?? 0) + 1;
  const headers = { ...call.options.headers, ...changes.headers };
  return { ...call, args, kwargs, options: { ...call.options, ...options, headers, retries } };
}

/** The call as a message would carry it, so that what works eagerly works when sent. @throws EncodeError */
export function asSent<C extends Pick<EagerCall, 'args' | 'kwargs'>>(call: C): C {
  const [args, kwargs] = parseJson(stringifyJson([call.args, call.kwargs])) as [
    C['args'],
    C['kwargs'],
  ];
  return { ...call, args, kwargs };
}

function eagerContext(
  app: Celery,
  { task, args, kwargs, options, canvas }: EagerCall,
  { ends, headers, addToChord }: EagerSurroundings,
): ExecutionContext {
  const { taskId: id } = options;
  const message = newTaskMessage({
    ...canvas,
    task,
    id,
    args,
    kwargs,
    rootId: options.rootId ?? id,
    parentId: options.parentId ?? null,
    headers: { ...headers, ...options.headers },
    retries: options.retries ?? 0,
    shadow: options.shadow ?? null,
  });
  const request = requestFromMessage(message, { hostname: app.hostname, isEager: true });
  return {
    request,
    signal: new AbortController().signal,
    async updateState() {},
    assertOpen() {},
    children: [],
    addToChord: async (signature) => addToChord(request, signature),
    workflow: ends,
  };
}

function succeeded(app: Celery, context: ExecutionContext, value: unknown): Snapshot {
  const result = value ?? null;
  return { document: documentOf(app, context, TaskState.SUCCESS, result), final: true, result };
}

function failed(app: Celery, context: ExecutionContext, error: unknown): Snapshot {
  const { exception, traceback } = encodeException(error);
  const document = documentOf(app, context, stateBy(error), exception);
  return { document: { ...document, traceback }, final: true, result: error };
}

/** The state of a task that threw this. @see celery.app.trace.build_tracer */
function stateBy(error: unknown): string {
  if (isA(error, Reject)) return TaskState.REJECTED;
  return isA(error, Ignore) ? TaskState.IGNORED : TaskState.FAILURE;
}

/** A task that never ran because of this error, of its own or of the task before it. */
export function endedUnrun(app: Celery, taskId: string, error: unknown): Snapshot {
  const { exception: result } = encodeException(error);
  const dateDone = new Date(app.clock.now());
  const status = stateBy(error);
  const document = { taskId, status, result, traceback: null, children: [], dateDone };
  return { document, final: true, result: error };
}

function documentOf(
  app: Celery,
  { request, children }: ExecutionContext,
  status: string,
  result: unknown,
): ResultDocument {
  return {
    taskId: request.id,
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

import { EncodeError, TaskRevokedError } from '../errors.ts';
import { describeLimit } from '../payloads/index.ts';
import type { Delivery } from '../ports/index.ts';
import {
  type ExceptionObject,
  encodeException,
  isFinal,
  type ResultDocument,
  type ResultTuple,
  type TaskMessage,
  TaskState,
} from '../protocol/index.ts';
import { encodeStoredDocument } from '../serializers/index.ts';
import { mostBytesInItem } from './next-attempt.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

/** A state of a task, ready to be stored. */
export interface StateDocument extends StateContent {
  readonly document: Uint8Array;
}

/** Whose state a document tells; of a task that was never sent, no more than its id. */
export interface DocumentOwner {
  readonly id: string | undefined;
  readonly message?: TaskMessage | undefined;
  readonly task?: unknown;
  readonly delivery?: Pick<Delivery, 'queue'>;
}

/** What a state says: a value or meta, or an exception. */
export interface StateContent {
  readonly status: string;
  readonly result: unknown;
  readonly traceback?: string | null;
  readonly children?: readonly ResultTuple[];
}

/** FAILURE (or REVOKED) with the exception as Python re-creates it. */
export function failure(error: unknown, children: readonly ResultTuple[] = []): StateContent {
  const { exception, traceback } = encodeException(error);
  return { status: TaskState.FAILURE, result: exception, traceback, children };
}

/** A failure nobody's code raised: Celery stores these without a traceback. */
export function failureWithoutTraceback(error: Error): StateContent {
  return { ...failure(error), traceback: null };
}

/** REVOKED, in Celery's words. */
export function revocation(
  reason: 'expired' | 'revoked' | 'terminated',
  children: readonly ResultTuple[] = [],
): StateContent {
  const content = failureWithoutTraceback(new TaskRevokedError(reason));
  return { ...content, children, status: TaskState.REVOKED };
}

/**
 * Encodes a state. A value that JSON or the table cannot carry becomes FAILURE `EncodeError`, as in Celery.
 *
 * @throws EncodeError for what a task says in between: it goes on, and may say it otherwise
 * @see celery.backends.base.Backend._get_result_meta
 */
export function stateDocument(
  runtime: WorkerRuntime,
  incoming: DocumentOwner,
  content: StateContent,
): StateDocument {
  const meta = metaOf(runtime, incoming);
  const encode = (content: StateContent, meta: Partial<ResultDocument>): StateDocument => ({
    ...content,
    document: encodeStoredDocument(
      {
        traceback: null,
        children: [],
        ...meta,
        ...content,
        dateDone: isFinal(content.status) ? new Date(runtime.clock.now()) : null,
      } as ResultDocument,
      runtime.app.conf,
    ),
  });
  try {
    return checkSize(runtime, encode(content, meta));
  } catch (error) {
    if (!(error instanceof EncodeError && (isFinal(content.status) || isRetry(content))))
      throw error;
    const instead = shortFailure(content, error);
    try {
      return checkSize(runtime, encode(instead, meta));
    } catch (again) {
      if (!(again instanceof EncodeError)) throw again;
      const least = { ...instead, traceback: null, children: [] };
      return encode(least, { taskId: meta.taskId ?? '' });
    }
  }
}

const longestText = 10_000;

/** Says why the task runs again; what a task reports of itself is never RETRY. */
function isRetry({ status }: StateContent): boolean {
  return status === TaskState.RETRY;
}

/** A failure, or the cause of a retry, that is too long keeps its type and the beginning of its text; a value gives way to the reason. */
function shortFailure(
  { status, result, children }: StateContent,
  reason: EncodeError,
): StateContent {
  if (status !== TaskState.FAILURE && status !== TaskState.RETRY) return failure(reason, children);
  const exception = result as ExceptionObject;
  const text = exception.exc_message.map(String).join(', ').slice(0, longestText);
  return { status, result: { ...exception, exc_message: [text] }, traceback: null };
}

function metaOf(
  { app, hostname }: WorkerRuntime,
  { id, message, task, delivery }: DocumentOwner,
): Partial<ResultDocument> {
  const known: Partial<ResultDocument> = {
    taskId: message?.id ?? id ?? '',
    ...(message?.group && { groupId: message.group }),
    ...(message?.parentId && { parentId: message.parentId }),
  };
  if (!app.conf.resultExtended || !message) return known;
  if (!task)
    return {
      ...known,
      name: null,
      args: null,
      kwargs: null,
      worker: null,
      retries: null,
      queue: null,
    };
  return {
    ...known,
    name: message.task,
    ...(isElsewhere(message)
      ? { args: null, kwargs: null }
      : { args: message.args, kwargs: message.kwargs }),
    worker: hostname,
    retries: message.retries,
    queue: delivery?.queue ?? null,
    ...(message.stampedHeaders && {
      stampedHeaders: message.stampedHeaders,
      stamps: message.stamps,
    }),
  } as Partial<ResultDocument>;
}

/** Its arguments were not fetched: they are not known here. */
function isElsewhere({ reference, args, kwargs }: TaskMessage): boolean {
  return reference !== null && args.length === 0 && Object.keys(kwargs).length === 0;
}

/** What is too large for an item needs a place elsewhere: `storeState` puts it there. */
function checkSize({ adapters, app }: WorkerRuntime, state: StateDocument): StateDocument {
  const { maxDocumentBytes } = adapters.results;
  const limit = isRetry(state) ? maxDocumentBytes - mostBytesInItem : maxDocumentBytes;
  if (state.document.byteLength <= limit || (adapters.blobs && app.conf.largePayloads))
    return state;
  throw new EncodeError(
    `The result takes ${state.document.byteLength} bytes as ${app.conf.resultSerializer}, and an item of the results table holds ${limit}. ${describeLimit}`,
  );
}

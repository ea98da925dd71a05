import type { RegisteredTask } from '../app/index.ts';
import { CeleryError, DecodeError, isA, NotRegistered } from '../errors.ts';
import { checkPlace } from '../payloads/index.ts';
import type { Delivery } from '../ports/index.ts';
import {
  attemptNumber,
  checkFollowing,
  decodeEnvelope,
  decodeTaskMessage,
  type Envelope,
  PayloadKind,
  queueOfLane,
  readAttempt,
  readDeadGeneration,
  readTaskId,
  readTaskName,
  referenceContentType,
  type TaskMessage,
  thrownText,
  withReadableEmbed,
} from '../protocol/index.ts';
import { type BodyForm, checkContent, decodeBody } from '../serializers/index.ts';
import { copyId, isCopy } from './copies.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

/** A delivery that names a task of ours and can be run. */
export interface Runnable {
  readonly kind: 'runnable';
  readonly delivery: Delivery;
  /** While its body lies elsewhere, without arguments and what follows: `withPayload` gets them. */
  readonly message: TaskMessage;
  /** How the body is written, and its retries are to be. */
  readonly form: BodyForm;
  readonly task: RegisteredTask;
  /** What its state is kept under: the task's id or, for one of several copies, that copy's own. */
  readonly id: string;
  /** The task's id, where several queues have a copy of it; else undefined. */
  readonly sharedId: string | undefined;
  /** Orders the attempts of one task. @see attemptNumber */
  readonly attempt: number;
  readonly generation: number;
}

/** A delivery that can never be run as things are: it goes to the dead-letter queue. */
export interface Refused {
  readonly kind: 'refused';
  readonly delivery: Delivery;
  readonly error: CeleryError;
  /** undefined: it cannot be read as a whole. */
  readonly message: TaskMessage | undefined;
  /** As much of the message as can be read: whatever waits for its end is told by it. */
  readonly readable: TaskMessage | undefined;
  readonly taskName: string | undefined;
  /** undefined: the text names no task id, so there is no state to store. */
  readonly id: string | undefined;
  readonly attempt: number;
  readonly generation: number;
}

export type Incoming = Runnable | Refused;

/** Decodes a delivery; whatever is wrong with it becomes the reason of a refusal, never an exception. */
export function decodeDelivery(runtime: WorkerRuntime, delivery: Delivery): Incoming {
  let message: TaskMessage | undefined;
  try {
    const envelope = decodeEnvelope(delivery.body);
    message = decodeMessage(envelope, runtime);
    return resolveTask(runtime, delivery, message, formOf(envelope, message));
  } catch (error) {
    const readable = message ?? readablePart(runtime, delivery);
    return { ...refuse(delivery, asCeleryError(error), message), readable };
  }
}

/** A message without what is malformed of all that follows it; undefined: nothing of it can be read. */
function readablePart({ app }: WorkerRuntime, { body }: Delivery): TaskMessage | undefined {
  try {
    const envelope = decodeEnvelope(body);
    return decodeTaskMessage(
      envelope,
      withReadableEmbed(decodeBody(envelope, app.conf.acceptContent)),
    );
  } catch {
    // What is wrong with it is known already.
    return undefined;
  }
}

function decodeMessage(envelope: Envelope, { app, adapters }: WorkerRuntime): TaskMessage {
  const { acceptContent } = app.conf;
  if (envelope.contentType !== referenceContentType) {
    return decodeTaskMessage(envelope, decodeBody(envelope, acceptContent));
  }
  const message = decodeTaskMessage(envelope, [[], {}, null]);
  const { reference } = message;
  if (reference) {
    checkContent(reference.contentType, acceptContent);
    checkPlace(adapters.blobs, PayloadKind.arguments, reference);
  }
  return message;
}

function formOf({ contentType, headers }: Envelope, { reference }: TaskMessage): BodyForm {
  if (reference) return { serializer: reference.contentType, compression: reference.compression };
  const { compression } = headers;
  return {
    serializer: contentType,
    compression: typeof compression === 'string' ? compression : null,
  };
}

/** What becomes of a message whose task is known or not, and that can be run or not. */
export function resolveTask(
  { app, adapters }: WorkerRuntime,
  delivery: Delivery,
  message: TaskMessage,
  form: BodyForm,
): Incoming {
  const task = app.tasks.get(message.task);
  if (!task) return refuse(delivery, new NotRegistered(message.task), message);
  const unsendable = faultOf(message);
  if (unsendable) return refuse(delivery, unsendable, message);
  const attempt = attemptNumber(message);
  const { deadGeneration: generation } = message;
  const sharedId = isCopy(app, adapters, message) ? message.id : undefined;
  const queue = queueOfLane(delivery.queue, adapters.broker.lanes);
  const id = sharedId === undefined ? message.id : copyId(sharedId, queue);
  return { kind: 'runnable', delivery, message, form, task, id, sharedId, attempt, generation };
}

/** What follows the task and can never be sent: told before it runs, while all that waits for it can still be failed. */
function faultOf({ embed }: TaskMessage): CeleryError | undefined {
  try {
    checkFollowing(embed);
    return undefined;
  } catch (error) {
    return asCeleryError(error);
  }
}

/** A delivery that cannot be run, and why; of its message as much as could be read. */
export function refuse(
  delivery: Delivery,
  error: CeleryError,
  message: TaskMessage | undefined,
): Refused {
  return {
    kind: 'refused',
    delivery,
    error,
    message,
    readable: message,
    id: message?.id ?? readTaskId(delivery.body),
    taskName: message?.task ?? readTaskName(delivery.body),
    attempt: message ? attemptNumber(message) : readAttempt(delivery.body),
    generation: message?.deadGeneration ?? readDeadGeneration(delivery.body),
  };
}

/** A decoder that trips over one message must not take the rest of the batch with it. */
export function asCeleryError(error: unknown): CeleryError {
  return isA(error, CeleryError)
    ? error
    : new DecodeError(`The message cannot be decoded: ${thrownText(error)}`, { cause: error });
}

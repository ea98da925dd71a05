import { inspect } from 'node:util';
import { EncodeError, ImproperlyConfigured } from '../errors.ts';
import type { LargePayloadSettings } from '../payloads/index.ts';
import type {
  BlobStore,
  Broker,
  Clock,
  Delivery,
  OutgoingMessage,
  Random,
} from '../ports/index.ts';
import {
  checkHasPlace,
  checkHeaders,
  checkOptions,
  type Forms,
  findLargeBody,
  isPlainObject,
  publishOptionForms,
  putAway,
  refusalOfSize,
  text,
  type WrittenCall,
} from '../producer/index.ts';
import {
  argsreprOf,
  encodeTaskMessage,
  kwargsreprOf,
  type ShownArguments,
} from '../protocol/index.ts';
import { writeBody } from '../serializers/index.ts';
import type { DeadLetter } from './letter.ts';

/** What a letter is to have other than the message that died; whatever is not given stays. */
export interface LetterChanges {
  /** Name of the task. */
  readonly task?: string;
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  /** Headers of the caller's own, added to those it has; not those that the message writes itself. */
  readonly headers?: Readonly<Record<string, unknown>>;
  /** The queue it goes to. */
  readonly queue?: string;
  /** Seconds from now, or the moment, after which it shall not start any more; null: it may start at any time. */
  readonly expires?: number | Date | null;
}

/** What a worker wrote beside a message when it died. */
const reasonAttributes: ReadonlySet<string> = new Set([
  'reason',
  'detail',
  'task_id',
  'task',
  'queue',
  'dead_generation',
]);

/** What an edited message is checked and put away with. */
export interface EditTools {
  readonly broker: Broker;
  readonly blobs: BlobStore | undefined;
  readonly largePayloads: LargePayloadSettings | false;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The message that a letter goes back as. Unchanged it is the letter's own text, which says by `dead_generation` that it
 * may run again.
 *
 * @throws ImproperlyConfigured for changes that nobody knows or that do not fit
 * @throws EncodeError for changes to what cannot be read, and for arguments that cannot be written or are too large
 * @throws OperationalError
 */
export async function returningMessage(
  letter: DeadLetter,
  delivery: Delivery,
  changes: LetterChanges | undefined,
  shown: ShownArguments,
  tools: EditTools,
): Promise<OutgoingMessage> {
  checkChanges(letter, changes ?? {});
  const { queue: _, ...edits } = changes ?? {};
  const attributes = Object.entries(letter.attributes).filter(
    ([name]) => !reasonAttributes.has(name),
  );
  const isEdited = Object.values(edits).some((value) => value !== undefined);
  return {
    body: isEdited ? await edited(letter, changes ?? {}, shown, tools) : letter.body,
    attributes: Object.fromEntries(attributes),
    ...(delivery.groupId !== undefined && {
      groupId: delivery.groupId,
      // The same letter, sent back twice because a first try stopped half-way, is taken once.
      deduplicationId: `${letter.messageId}-back`,
    }),
  };
}

const changeForms: Forms<LetterChanges> = {
  task: text,
  args: ['a list of arguments', Array.isArray],
  kwargs: ['a plain object', isPlainObject],
  headers: ['a plain object', isPlainObject],
  queue: text,
  expires: [
    'a number of seconds, a valid Date, or null',
    (value) => value === null || publishOptionForms.expires[1](value),
  ],
};

/** What a producer would refuse would die again here. */
function checkChanges({ messageId, task }: DeadLetter, changes: LetterChanges): void {
  const given: unknown = changes;
  if (!isPlainObject(given)) {
    throw new ImproperlyConfigured(
      `An edit of letter ${messageId} is expected to be a plain object, got ${inspect(given, { depth: 0 })}`,
    );
  }
  checkOptions(changes, changeForms, 'change', `letter ${messageId}`);
  checkHeaders(changes.task ?? task ?? messageId, changes.headers ?? {});
}

async function edited(
  letter: DeadLetter,
  changes: LetterChanges,
  shown: ShownArguments,
  tools: EditTools,
): Promise<string> {
  const { content, unreadable, messageId } = letter;
  if (!content) {
    throw new EncodeError(
      `Letter ${messageId} cannot be edited, since it cannot be read: ${unreadable?.message}. Send it back as it is, or drop it.`,
      { cause: unreadable },
    );
  }
  const { message, form } = content;
  const { task = message.task, args, kwargs, headers, expires } = changes;
  const call = {
    ...message,
    task,
    ...(args && { args, argsrepr: argsreprOf(args, message, shown) }),
    ...(kwargs && { kwargs, kwargsrepr: kwargsreprOf(kwargs, message, shown) }),
    ...((args || kwargs) && { reference: null }),
    ...(expires !== undefined && { expires: momentOf(expires, tools.clock.now()) }),
    headers: { ...message.headers, ...headers },
  };
  const body = call.reference ? undefined : writeBody(call, form);
  const written = encodeTaskMessage(call, undefined, body);
  return await fitted(
    { queues: [changes.queue ?? letter.queue], call, body, text: written },
    tools,
  );
}

function momentOf(expires: number | Date | null, now: number): Date | null {
  return typeof expires === 'number' ? new Date(now + expires * 1000) : expires;
}

/** Its body put away where it has become too large, as a producer would. */
async function fitted(
  written: Omit<WrittenCall, 'body'> & { readonly body: WrittenCall['body'] | undefined },
  { broker, blobs, largePayloads, clock, random }: EditTools,
): Promise<string> {
  const { call, body, text: encoded } = written;
  if (body === undefined) {
    const refusal = refusalOfSize(call.task, encoded, broker.maxMessageBytes);
    if (refusal === undefined) return encoded;
    throw new EncodeError(`${refusal}, even without its arguments: add smaller headers.`);
  }
  const large = findLargeBody({ ...written, body }, { broker, largePayloads });
  if (!large) return encoded;
  const tools = blobs && { blobs, clock, random };
  checkHasPlace(large, tools, largePayloads);
  return tools && largePayloads ? await putAway(large, tools, broker.maxMessageBytes) : encoded;
}

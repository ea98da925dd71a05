import { EncodeError } from '../errors.ts';
import type { Delivery, OutgoingMessage } from '../ports/index.ts';
import { encodeTaskMessage, reprArgs, reprKwargs } from '../protocol/index.ts';
import { writeBody } from '../serializers/index.ts';
import type { DeadLetter } from './letter.ts';

/** What a letter is to have other than the message that died; whatever is not given stays. */
export interface LetterChanges {
  /** Name of the task. */
  readonly task?: string;
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  /** Headers of the caller's own, added to those it has. */
  readonly headers?: Readonly<Record<string, unknown>>;
  /** The queue it goes to. */
  readonly queue?: string;
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

/**
 * The message that a letter goes back as. Unchanged it is the letter's own text, which says by `dead_generation` that it
 * may run again.
 *
 * @throws EncodeError for changes to what cannot be read, and for arguments that cannot be written
 */
export function returningMessage(
  letter: DeadLetter,
  delivery: Delivery,
  changes: LetterChanges | undefined,
): OutgoingMessage {
  const { queue: _, ...edits } = changes ?? {};
  const attributes = Object.entries(letter.attributes).filter(
    ([name]) => !reasonAttributes.has(name),
  );
  return {
    body: Object.keys(edits).length > 0 ? edited(letter, edits) : letter.body,
    attributes: Object.fromEntries(attributes),
    ...(delivery.groupId !== undefined && {
      groupId: delivery.groupId,
      // The same letter, sent back twice because a first try stopped half-way, is taken once.
      deduplicationId: `${letter.messageId}-back`,
    }),
  };
}

function edited(letter: DeadLetter, changes: Omit<LetterChanges, 'queue'>): string {
  const { content, unreadable, messageId } = letter;
  if (!content) {
    throw new EncodeError(
      `Letter ${messageId} cannot be edited, since it cannot be read: ${unreadable?.message}. Send it back as it is, or drop it.`,
      { cause: unreadable },
    );
  }
  const { message, form } = content;
  const { task = message.task, args, kwargs, headers } = changes;
  const next = {
    ...message,
    task,
    ...(args && { args, argsrepr: reprArgs(args) }),
    ...(kwargs && { kwargs, kwargsrepr: reprKwargs(kwargs) }),
    ...((args || kwargs) && { reference: null }),
    headers: { ...message.headers, ...headers },
  };
  return encodeTaskMessage(next, undefined, next.reference ? undefined : writeBody(next, form));
}

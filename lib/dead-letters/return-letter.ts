import { EncodeError } from '../errors.ts';
import type { Delivery, OutgoingMessage } from '../ports/index.ts';
import { encodeTaskMessage, reprArgs, reprKwargs, type TaskMessage } from '../protocol/index.ts';
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

/** What logs and events show of a task's arguments, where the task's options say it. */
export interface ShownArguments {
  readonly argsrepr?: string | undefined;
  readonly kwargsrepr?: string | undefined;
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
  shown: ShownArguments,
): OutgoingMessage {
  const { queue: _, ...edits } = changes ?? {};
  const attributes = Object.entries(letter.attributes).filter(
    ([name]) => !reasonAttributes.has(name),
  );
  return {
    body: Object.keys(edits).length > 0 ? edited(letter, edits, shown) : letter.body,
    attributes: Object.fromEntries(attributes),
    ...(delivery.groupId !== undefined && {
      groupId: delivery.groupId,
      // The same letter, sent back twice because a first try stopped half-way, is taken once.
      deduplicationId: `${letter.messageId}-back`,
    }),
  };
}

function edited(
  letter: DeadLetter,
  changes: Omit<LetterChanges, 'queue'>,
  shown: ShownArguments,
): string {
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
    ...(args && { args, argsrepr: argsreprOf(args, message, shown) }),
    ...(kwargs && { kwargs, kwargsrepr: kwargsreprOf(kwargs, message, shown) }),
    ...((args || kwargs) && { reference: null }),
    headers: { ...message.headers, ...headers },
  };
  return encodeTaskMessage(next, undefined, next.reference ? undefined : writeBody(next, form));
}

function argsreprOf(
  args: readonly unknown[],
  before: TaskMessage,
  { argsrepr }: ShownArguments,
): string {
  return argsrepr ?? chosen(before.argsrepr, reprArgs(before.args)) ?? reprArgs(args);
}

function kwargsreprOf(
  kwargs: Readonly<Record<string, unknown>>,
  before: TaskMessage,
  { kwargsrepr }: ShownArguments,
): string {
  return kwargsrepr ?? chosen(before.kwargsrepr, reprKwargs(before.kwargs)) ?? reprKwargs(kwargs);
}

/** What a caller had shown instead of the arguments, to keep a secret, is shown of the new ones, too. */
function chosen(shown: string, plain: string): string | undefined {
  return shown === '' || shown === plain ? undefined : shown;
}

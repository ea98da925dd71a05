import type { CeleryError } from '../errors.ts';
import type { Delivery, OutgoingMessage } from '../ports/index.ts';
import { type MessageAttributes, messageBytes, withDeadGeneration } from '../protocol/index.ts';
import { giveBack, type Settlement } from './settlement.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

/** Why a message is dead: shown beside it in the dead-letter queue. */
export interface Death {
  /** Name of the error, e.g. `NotRegistered`. */
  readonly reason: string;
  readonly detail: string;
  readonly id: string | undefined;
  readonly taskName: string | undefined;
  /** The generation in which the letter may run again. */
  readonly generation: number;
}

export function deathBy(error: CeleryError, about: Omit<Death, 'reason' | 'detail'>): Death {
  return { ...about, reason: error.name, detail: error.message };
}

/**
 * Sends a message to the dead-letter queue of its queue, with the reason as message attributes.
 * Answers false when the queue has none; the message then stays where it is.
 *
 * @throws OperationalError
 */
export async function deadLetter(
  { adapters: { broker }, logger }: WorkerRuntime,
  delivery: Delivery,
  death: Death,
): Promise<boolean> {
  const queue = broker.deadLetterQueue(delivery.queue);
  if (queue === undefined) {
    logger.error(
      `Queue '${delivery.queue}' has no dead-letter queue: a message that cannot run stays in it`,
      { ...death },
    );
    return false;
  }
  const fifo = delivery.groupId !== undefined && {
    groupId: delivery.groupId,
    deduplicationId: `${delivery.messageId}-${death.generation}`,
  };
  const letter = lettersOf(delivery, death).find(
    (one) => messageBytes(one) <= broker.maxMessageBytes,
  );
  await broker.send(queue, { ...(letter ?? { body: delivery.body }), ...fifo });
  return true;
}

/** From the fullest to the shortest: a Python producer may have filled its message to the last byte. */
function lettersOf(delivery: Delivery, death: Death): OutgoingMessage[] {
  const letter = writeLetter(delivery, death);
  return [
    letter,
    { body: letter.body, attributes: { reason: death.reason } },
    { body: letter.body },
  ];
}

function writeLetter(delivery: Delivery, death: Death): OutgoingMessage {
  return {
    body: withDeadGeneration(delivery.body, death.generation) ?? delivery.body,
    attributes: withinTen(reasonAttributes(delivery, death), delivery.attributes),
  };
}

function reasonAttributes(delivery: Delivery, death: Death): MessageAttributes {
  return {
    reason: death.reason,
    ...(death.detail && { detail: readable(death.detail) }),
    ...(death.id && { task_id: readable(death.id) }),
    ...(death.taskName && { task: readable(death.taskName) }),
    queue: delivery.queue,
    dead_generation: String(death.generation),
  };
}

/** SQS takes ten attributes a message: ours come first, then what the message had. */
function withinTen(ours: MessageAttributes, theirs: MessageAttributes): MessageAttributes {
  const others = Object.entries(theirs).filter(([name]) => !Object.hasOwn(ours, name));
  return Object.fromEntries([...Object.entries(ours), ...others].slice(0, 10));
}

const longestAttribute = 1024;

/** SQS takes XML's characters only, and attributes count towards the message's size. */
function readable(text: string): string {
  const clean = text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
  return clean.length > longestAttribute ? `${clean.slice(0, longestAttribute)}...` : clean;
}

/** Without a dead-letter queue the message circles slowly: that is loud in the logs, and loses nothing. */
export const whereNoLetterGoes: Settlement = giveBack(900);

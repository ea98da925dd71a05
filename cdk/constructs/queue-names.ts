import { ImproperlyConfigured } from '../../lib/errors.ts';
import { sqsQueueName } from '../../lib/protocol/queue-name.ts';

/** What SQS takes as a name: 80 characters, `.fifo` included. */
const sqsName = /^(?=.{1,80}$)[A-Za-z0-9_-]+(\.fifo)?$/;

/**
 * Celery's name as kombu writes it in SQS, and as Python's `predefined_queues` calls it.
 *
 * @throws ImproperlyConfigured when SQS has no such name
 */
export function checkedSqsName(name: string): string {
  const translated = sqsQueueName(name);
  if (sqsName.test(translated)) return translated;
  throw new ImproperlyConfigured(
    `Queue '${name}' would be '${translated}' in SQS, which allows 1 to 80 letters, digits, '-' and '_' ` +
      `(and a final '.fifo'). Choose another name.`,
  );
}

/** A queue whose name ends in `.fifo` is a FIFO queue, for kombu and for SQS. */
export function isFifoName(name: string): boolean {
  return name.endsWith('.fifo');
}

/** `celery` -> `celery-dead`, `orders.fifo` -> `orders-dead.fifo`. */
export function deadLetterName(name: string): string {
  return isFifoName(name) ? `${name.slice(0, -'.fifo'.length)}-dead.fifo` : `${name}-dead`;
}

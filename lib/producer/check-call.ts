import { inspect } from 'node:util';
import { ImproperlyConfigured } from '../errors.ts';
import { leaseHeader } from '../protocol/lease-header.ts';
import { nativeHeader } from '../protocol/native-canvas.ts';
import { ownHeaders } from '../protocol/protocol2.ts';
import { isFifoQueue } from '../protocol/sqs-limits.ts';
import { isPlainObject } from './option-forms.ts';

/** @throws ImproperlyConfigured for a delay on a queue that cannot delay single messages. */
export function checkDelay(task: string, queue: string, eta: Date | null): void {
  if (eta === null || !isFifoQueue(queue)) return;
  throw new ImproperlyConfigured(
    `A call of ${task} asks for a countdown or eta, but '${queue}' is a FIFO queue, where SQS delays no single message. ` +
      'Send it to a standard queue, or without a delay.',
  );
}

/** A message may ask for a lease, and say how its canvas is followed. @throws ImproperlyConfigured for any other header that the message writes itself. */
export function checkHeaders(task: string, headers: object): void {
  for (const name in headers) {
    if (!ownHeaders.has(name) || name === leaseHeader || name === nativeHeader) continue;
    throw new ImproperlyConfigured(
      `Header '${name}' of a call of ${task} is one the message writes itself. ` +
        'Rename yours, or use the call option of that meaning.',
    );
  }
}

/**
 * What JavaScript lets through where TypeScript would not: a text would be spread into its letters, a list into numbered
 * keywords.
 *
 * @throws ImproperlyConfigured for a name, arguments or options of another shape
 */
export function checkShape(task: unknown, args: unknown, kwargs: unknown, options: unknown): void {
  if (typeof task !== 'string' || task === '') {
    throw new ImproperlyConfigured(
      `A call expects the name of its task, a text such as 'shop.add', got ${shown(task)}`,
    );
  }
  if (!Array.isArray(args)) throw misshapen(task, 'a list of its arguments', args);
  if (!isPlainObject(kwargs)) throw misshapen(task, 'a plain object as kwargs', kwargs);
  if (!isPlainObject(options)) throw misshapen(task, 'a plain object of call options', options);
}

function misshapen(task: string, expected: string, got: unknown): ImproperlyConfigured {
  return new ImproperlyConfigured(`A call of '${task}' expects ${expected}, got ${shown(got)}`);
}

function shown(value: unknown): string {
  return inspect(value, { depth: 0, maxStringLength: 100, maxArrayLength: 10 });
}

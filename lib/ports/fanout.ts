import type { OutgoingMessage } from './broker.ts';

/**
 * Fanout exchanges: whoever is bound to one gets a copy of each of its messages. Which queues are bound is the engine's
 * to know; a Python worker may bind a queue of its own at any time.
 */
export interface Fanout {
  /** Names of the fanout exchanges there are, as Celery names them. */
  exchanges(): readonly string[];
  /**
   * Gives a copy to every bound queue. Resolved means: the exchange has it, and the queues will. An exchange delays
   * nothing: `delaySeconds` is left out, and a worker waits for the message's eta. May arrive twice, as any message.
   *
   * @throws ImproperlyConfigured for an unknown exchange; OperationalError
   */
  publish(exchange: string, message: OutgoingMessage): Promise<void>;
}

import type { Fanout, OutgoingMessage, Random } from '../ports/index.ts';
import { fitToQueue } from '../protocol/sqs-limits.ts';
import { fanoutWayOut, unknownExchange } from '../protocol/unknown-exchange.ts';
import type { MemoryQueues } from './memory-queues.ts';

/** Fanout exchanges of the in-process engine, and the queues that are bound to them. */
export class MemoryFanout implements Fanout {
  readonly #bindings: ReadonlyMap<string, readonly string[]>;
  readonly #queues: MemoryQueues;
  readonly #random: Random;

  constructor(
    bindings: ReadonlyMap<string, readonly string[]>,
    queues: MemoryQueues,
    random: Random,
  ) {
    this.#bindings = bindings;
    this.#queues = queues;
    this.#random = random;
  }

  exchanges(): readonly string[] {
    return [...this.#bindings.keys()];
  }

  async publish(exchange: string, { delaySeconds: _, ...message }: OutgoingMessage): Promise<void> {
    const bound = this.#bindings.get(exchange);
    if (!bound) {
      throw unknownExchange('fanout exchange', exchange, this.exchanges(), fanoutWayOut);
    }
    for (const name of bound) {
      const queue = this.#queues.get(name);
      queue.send(fitToQueue(message, queue.fifo, () => this.#random.uuid()));
    }
  }
}

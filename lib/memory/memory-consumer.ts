import { OperationalError } from '../errors.ts';
import type { Clock, Delivery, QueueConsumer, ReceiveOptions } from '../ports/index.ts';
import { maxBatchEntries } from '../protocol/sqs-limits.ts';
import type { MemoryQueue } from './memory-queue.ts';
import type { MemoryQueues } from './memory-queues.ts';

const longestWaitSeconds = 20;

/** Receives from the engine's queues and settles what was received. */
export class MemoryConsumer implements QueueConsumer {
  readonly #queues: MemoryQueues;
  readonly #clock: Clock;
  readonly #closed: AbortSignal;

  /** `closed` ends every wait. */
  constructor(queues: MemoryQueues, clock: Clock, closed: AbortSignal) {
    this.#queues = queues;
    this.#clock = clock;
    this.#closed = closed;
  }

  queueOf(arn: string): string {
    return arn.slice(arn.lastIndexOf(':') + 1);
  }

  async receive(queue: string, options: ReceiveOptions): Promise<readonly Delivery[]> {
    const source = this.#queues.get(queue);
    checkRange(queue, 'max', options.max, 1, maxBatchEntries);
    checkRange(queue, 'waitSeconds', options.waitSeconds, 0, longestWaitSeconds);
    const { max, waitSeconds, signal } = options;
    const ends = signal ? [this.#closed, signal] : [this.#closed];
    const deadline = this.#clock.now() + waitSeconds * 1000;
    while (!ends.some(({ aborted }) => aborted)) {
      const deliveries = source.receive(max);
      if (deliveries.length > 0 || this.#clock.now() >= deadline) return deliveries;
      await this.#change(source, deadline, ends);
    }
    return [];
  }

  async delete({ queue, receipt }: Delivery): Promise<void> {
    this.#queues.get(queue).delete(receipt);
  }

  async changeVisibility({ queue, receipt }: Delivery, seconds: number): Promise<void> {
    this.#queues.get(queue).changeVisibility(receipt, seconds);
  }

  /** Resolves when there may be something to receive, at `deadline`, or when one of `ends` ends the wait. */
  #change(queue: MemoryQueue, deadline: number, ends: readonly AbortSignal[]): Promise<void> {
    const next = queue.nextVisible();
    const until = Math.min(deadline, next?.at ?? deadline);
    return new Promise((resolve) => {
      const wake = (): void => {
        stopListening();
        cancelTimer();
        for (const end of ends) end.removeEventListener('abort', wake);
        resolve();
      };
      const stopListening = queue.onChange(wake);
      // A process may end while its queues are idle, but not while a message of it is still to come.
      const timing = { background: !next?.awaited };
      const cancelTimer = this.#clock.setTimer(until - this.#clock.now(), wake, timing);
      for (const end of ends) end.addEventListener('abort', wake);
    });
  }
}

function checkRange(queue: string, name: string, value: number, from: number, to: number): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw new OperationalError(
    `Receiving from queue '${queue}' failed: InvalidParameterValue: ${name} ${value}, expected a whole number from ${from} to ${to}`,
  );
}

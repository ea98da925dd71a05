import { QueueNotFound } from '../errors.ts';
import type { Clock, Random } from '../ports/index.ts';
import { isFifoQueue } from '../protocol/sqs-limits.ts';
import { MemoryQueue } from './memory-queue.ts';
import type { QueueOptions } from './queue-options.ts';

/** What `MemoryQueues` works with. */
export interface MemoryQueuesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly queues: Readonly<Record<string, QueueOptions>>;
  readonly createMissingQueues: boolean;
  /** Not for tasks: left out of `names`. */
  readonly controlQueue: string | null;
}

/** The engine's queues by name, each with its dead-letter queue. */
export class MemoryQueues {
  readonly #options: MemoryQueuesOptions;
  readonly #optionsOf: ReadonlyMap<string, QueueOptions>;
  readonly #queues = new Map<string, MemoryQueue>();
  readonly #deadLetterNames = new Set<string>();
  readonly #listeners: ((queue: string) => void)[] = [];

  constructor(options: MemoryQueuesOptions) {
    this.#options = options;
    this.#optionsOf = new Map(Object.entries(options.queues));
    for (const { deadLetterQueue } of this.#optionsOf.values()) {
      if (deadLetterQueue) this.#deadLetterNames.add(deadLetterQueue);
    }
    for (const name of this.#optionsOf.keys()) this.get(name);
    if (this.controlQueue !== undefined) this.#create(this.controlQueue);
  }

  /** The queue of control messages, if there is to be one. */
  get controlQueue(): string | undefined {
    return this.#options.controlQueue ?? undefined;
  }

  /** The queues that tasks are sent to: those that were named, and those made on first use. */
  names(): string[] {
    return [...this.#queues.keys()].filter(
      (name) => !this.#deadLetterNames.has(name) && name !== this.controlQueue,
    );
  }

  /** Calls `listener` with the name of every queue that will be made on first use, but for dead-letter queues. */
  onNewQueue(listener: (queue: string) => void): void {
    this.#listeners.push(listener);
  }

  /** @throws QueueNotFound when there is none and none may be made */
  get(name: string): MemoryQueue {
    const queue = this.#queues.get(name);
    if (queue) return queue;
    if (this.#mayCreate(name)) return this.#create(name);
    throw new QueueNotFound(name, this.names());
  }

  /** Name of the dead-letter queue of `queue`; undefined when it has none, or is unknown or one itself. */
  deadLetterName(queue: string): string | undefined {
    if (!this.#queues.has(queue) && !this.#mayCreate(queue)) return undefined;
    return this.get(queue).deadLetterQueue?.name;
  }

  #mayCreate(name: string): boolean {
    return this.#options.createMissingQueues || this.#optionsOf.has(name);
  }

  #create(name: string): MemoryQueue {
    const { clock, random } = this.#options;
    const deadLetterQueue = this.#createDeadLetterQueue(name);
    const options = this.#optionsOf.get(name) ?? {};
    const queue = new MemoryQueue(name, options, { clock, random, deadLetterQueue });
    this.#queues.set(name, queue);
    if (!this.#deadLetterNames.has(name)) for (const listener of this.#listeners) listener(name);
    return queue;
  }

  #createDeadLetterQueue(of: string): MemoryQueue | undefined {
    if (this.#deadLetterNames.has(of)) return undefined;
    const { deadLetterQueue: name = defaultDeadLetterName(of) } = this.#optionsOf.get(of) ?? {};
    if (name === null) return undefined;
    this.#deadLetterNames.add(name);
    return this.#queues.get(name) ?? this.#create(name);
  }
}

function defaultDeadLetterName(queue: string): string {
  return isFifoQueue(queue) ? `${queue.slice(0, -'.fifo'.length)}-dead.fifo` : `${queue}-dead`;
}

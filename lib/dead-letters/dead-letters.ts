import type { Celery } from '../app/index.ts';
import { ImproperlyConfigured } from '../errors.ts';
import type { Adapters, Delivery } from '../ports/index.ts';
import { laneNames, textAttribute } from '../protocol/index.ts';
import { loadSerializers } from '../serializers/index.ts';
import { type DeadLetter, readLetter } from './letter.ts';
import { type LetterChanges, returningMessage } from './return-letter.ts';
import { sweep } from './sweep.ts';

/** Which letters: the id of a task, several, or those that a function picks. */
export type Which = string | readonly string[] | ((letter: DeadLetter) => boolean);

/** How a dead-letter queue is read. */
export interface DeadLettersOptions {
  /** How long to wait for further letters, in seconds, 0 to 20. With 0, SQS may overlook some. @default 1 */
  readonly waitSeconds?: number;
  /** Letters looked at in one go. @default 1000 */
  readonly limit?: number;
  /** Ends the work early, between letters: the answer is then what was done so far. @default never */
  readonly signal?: AbortSignal;
  /** Hears of each letter as soon as it was listed, sent back or dropped, also of those before an error. @default nobody */
  readonly observe?: (letter: DeadLetter) => void;
}

/**
 * The dead letters of a queue.
 *
 * @param queue Its Celery name; of a queue with lanes for priorities it means all of them. @default where tasks go that name no
 * queue: the setting `taskDefaultQueue`, else what the stack says
 * @example
 * const letters = deadLetters(app);
 * for (const { task, reason, detail } of await letters.list()) console.log(task, reason, detail);
 * await letters.sendBack(({ reason }) => reason === 'NotRegistered');
 */
export function deadLetters(
  app: Celery,
  queue?: string,
  options: DeadLettersOptions = {},
): DeadLetters {
  return new DeadLetters(app, queue, options);
}

/**
 * Looks into a dead-letter queue and empties it. Whoever looks holds the letters meanwhile: another look at the same time
 * finds fewer. A FIFO queue hands out the next letters of a group only when those before are gone.
 */
export class DeadLetters {
  /** The queue whose letters these are; undefined: the default queue. */
  readonly queue: string | undefined;
  readonly #app: Celery;
  readonly #options: DeadLettersOptions &
    Required<Pick<DeadLettersOptions, 'waitSeconds' | 'limit'>>;

  constructor(
    app: Celery,
    queue: string | undefined,
    { waitSeconds = 1, limit = 1000, ...options }: DeadLettersOptions = {},
  ) {
    this.#app = app;
    this.queue = queue;
    this.#options = { ...options, waitSeconds, limit };
  }

  /** What lies in the queue, or of it what is asked for; all stay. @throws OperationalError */
  async list(which: Which = () => true): Promise<readonly DeadLetter[]> {
    return await this.#each(which, async () => 'keep');
  }

  /**
   * Sends letters back to their queue, each before it is deleted here, and answers with those that went. Stopped half-way,
   * a letter may go twice, which its task's result makes harmless, but none vanishes. One whose `expires` is past ends
   * REVOKED at once, unless the edit changes that.
   *
   * @param edit What a letter is to have other than what died.
   * @throws ImproperlyConfigured for an edit that a producer would refuse, EncodeError for one that cannot be written,
   * OperationalError; those before it went
   */
  async sendBack(
    which: Which,
    edit?: (letter: DeadLetter) => LetterChanges | undefined,
  ): Promise<readonly DeadLetter[]> {
    const { clock, random, conf } = this.#app;
    return await this.#each(which, async (letter, delivery, { broker, consumer, blobs }) => {
      const changes = edit?.(letter);
      const name = changes?.task ?? letter.task ?? '';
      const shown = this.#app.tasks.get(name)?.options ?? {};
      const tools = { broker, blobs, largePayloads: conf.largePayloads, clock, random };
      const message = await returningMessage(letter, delivery, changes, shown, tools);
      await broker.send(changes?.queue ?? letter.queue, message);
      await consumer.delete(delivery);
      return 'gone';
    });
  }

  /** Deletes letters for good, and answers with them. @throws OperationalError; those before it are gone */
  async drop(which: Which): Promise<readonly DeadLetter[]> {
    return await this.#each(which, async (_, delivery, { consumer }) => {
      await consumer.delete(delivery);
      return 'gone';
    });
  }

  async #each(
    which: Which,
    act: (letter: DeadLetter, delivery: Delivery, adapters: Adapters) => Promise<'gone' | 'keep'>,
  ): Promise<readonly DeadLetter[]> {
    const adapters = await this.#app.adapters();
    const { acceptContent } = this.#app.conf;
    await loadSerializers(acceptContent);
    const found: DeadLetter[] = [];
    const picks = picker(which);
    let left = this.#options.limit;
    for (const [queue, deadLetterQueue] of this.#places(adapters)) {
      await sweep(
        { consumer: adapters.consumer, clock: this.#app.clock, logger: this.#app.logger },
        { ...this.#options, queue: deadLetterQueue, limit: left },
        async (delivery) => {
          left--;
          const home = homeOf(delivery, adapters, queue);
          const letter = await readLetter(delivery, home, { acceptContent, blobs: adapters.blobs });
          if (!picks(letter)) return 'keep';
          const fate = await act(letter, delivery, adapters);
          found.push(letter);
          this.#options.observe?.(letter);
          return fate;
        },
      );
    }
    return found;
  }

  /** The queue, or its lanes from the highest down, each with the dead-letter queue of its own. */
  #places({ broker }: Adapters): readonly (readonly [queue: string, deadLetterQueue: string])[] {
    const queue = this.queue ?? this.#app.router.defaultQueue(broker.defaultQueue);
    const starts = broker.lanes?.get(queue);
    return (starts ? laneNames(queue, starts) : [queue]).map((name) => {
      const deadLetterQueue = broker.deadLetterQueue(name);
      if (deadLetterQueue !== undefined) return [name, deadLetterQueue];
      throw new ImproperlyConfigured(
        `Queue '${name}' has no dead-letter queue; queues are: ${broker.queues().join(', ')}`,
      );
    });
  }
}

/** Queues may share a dead-letter queue: a letter says where it came from, if a worker of ours wrote it. */
function homeOf({ attributes }: Delivery, { broker }: Adapters, otherwise: string): string {
  const queue = textAttribute(attributes.queue);
  return queue !== undefined && broker.queues().includes(queue) ? queue : otherwise;
}

function picker(which: Which): (letter: DeadLetter) => boolean {
  if (typeof which === 'function') return which;
  const ids = new Set(typeof which === 'string' ? [which] : which);
  return ({ id }) => id !== undefined && ids.has(id);
}

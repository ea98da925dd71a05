import type { Clock, Logger, Revocable, Revocations } from '../ports/index.ts';

/** How often running tasks are looked up, in milliseconds; one that ends sooner never is. */
const everyMs = 5_000;

interface Watched {
  readonly task: Revocable;
  readonly since: number;
  readonly end: () => void;
  /** Where it stands in the list. */
  place: number;
}

/** What `Terminations` works with. */
export interface TerminationsOptions {
  readonly revocations: Pick<Revocations, 'terminated'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tells the running tasks of one worker when they are revoked with `terminate`: one cheap read for all, now and then. */
export class Terminations {
  readonly #options: TerminationsOptions;
  /** No Set: a table that every run enters and leaves is copied over and over, and holds what left for the collector. */
  readonly #watched: Watched[] = [];
  #cancel: (() => void) | undefined;

  constructor(options: TerminationsOptions) {
    this.#options = options;
  }

  /** Calls `end` when the task is to end; the returned function stops watching. */
  watch(task: Revocable, end: () => void): () => void {
    const place = this.#watched.length;
    const watched: Watched = { task, since: this.#options.clock.now(), end, place };
    this.#watched.push(watched);
    this.#cancel ??= this.#later();
    return () => this.#leave(watched);
  }

  /** The last one takes its place. */
  #leave(watched: Watched): void {
    if (this.#watched[watched.place] !== watched) return;
    const last = this.#watched.pop();
    if (last && last !== watched) {
      this.#watched[watched.place] = last;
      last.place = watched.place;
    }
    if (this.#watched.length > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #later(): () => void {
    const look = () => {
      this.#cancel = this.#later();
      void this.#look();
    };
    return this.#options.clock.setTimer(everyMs, look, { background: true });
  }

  /** Never rejects: when it cannot be read, the next look tells. */
  async #look(): Promise<void> {
    const { revocations, clock, logger } = this.#options;
    const asked = this.#watched.filter(({ since }) => clock.now() - since >= everyMs);
    if (asked.length === 0) return;
    try {
      const terminated = await revocations.terminated(asked.map(({ task }) => task));
      for (const { task, end } of asked) if (terminated.has(task.taskId)) end();
    } catch (error) {
      logger.warn('It could not be read which running tasks are to end; trying again', { error });
    }
  }
}

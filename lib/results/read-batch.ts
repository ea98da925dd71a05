import type { ResultBackend, StoredResult } from '../ports/index.ts';

type Found = ReadonlyMap<string, StoredResult>;

/** Joins the reads that are asked for in one turn of the event loop into one read of the backend. */
export class ReadBatch {
  readonly #backend: () => Promise<ResultBackend>;
  readonly #consistent: boolean;
  #pending: { readonly ids: Set<string>; readonly found: Promise<Found> } | undefined;

  constructor(backend: () => Promise<ResultBackend>, options: { readonly consistent: boolean }) {
    this.#backend = backend;
    this.#consistent = options.consistent;
  }

  /** @throws OperationalError */
  async read(taskId: string): Promise<StoredResult | undefined> {
    this.#pending ??= this.#collect();
    this.#pending.ids.add(taskId);
    const found = await this.#pending.found;
    return found.get(taskId);
  }

  #collect(): { ids: Set<string>; found: Promise<Found> } {
    const ids = new Set<string>();
    return { ids, found: this.#readAll(ids) };
  }

  async #readAll(ids: Set<string>): Promise<Found> {
    const backend = await this.#whenTurnEnds();
    return await backend.read([...ids], { consistent: this.#consistent });
  }

  /** Whoever asks before this settles is in the batch, also if there turns out to be no backend. */
  async #whenTurnEnds(): Promise<ResultBackend> {
    try {
      const backend = await this.#backend();
      await endOfTurn();
      return backend;
    } finally {
      this.#pending = undefined;
    }
  }
}

/** Resolves when all promises that could continue have done so: whoever reads in this turn has asked by then. */
async function endOfTurn(): Promise<void> {
  await null;
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
}

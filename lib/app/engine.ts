import {
  type Adapters,
  admissionsFrom,
  type BlobStore,
  type Broker,
  type ResultBackend,
} from '../ports/index.ts';

/** Parts that an application is given instead of those its endpoints name. */
export interface GivenParts {
  readonly broker?: Broker | undefined;
  readonly resultBackend?: ResultBackend | undefined;
}

/** The adapters of one application: connected at first use, once, and given away to all who ask. */
export class Engine {
  readonly #given: GivenParts;
  readonly #connect: () => Promise<Adapters>;
  #adapters: Promise<Adapters> | undefined;

  constructor(given: GivenParts, connect: () => Promise<Adapters>) {
    this.#given = given;
    this.#connect = connect;
  }

  /** All adapters. A failure to connect is not kept: the next use tries again. */
  adapters(): Promise<Adapters> {
    this.#adapters ??= this.#open();
    return this.#adapters;
  }

  /** Needs no endpoints when a broker was given. */
  async broker(): Promise<Broker> {
    return this.#given.broker ?? (await this.adapters()).broker;
  }

  /** Where large payloads go; undefined: nowhere. A broker that was given has none beside it. */
  async blobs(): Promise<BlobStore | undefined> {
    if (this.#given.broker && this.#adapters === undefined) return undefined;
    return (await this.adapters()).blobs;
  }

  /** Needs no endpoints when a result backend was given. */
  async results(): Promise<ResultBackend> {
    return this.#given.resultBackend ?? (await this.adapters()).results;
  }

  use(adapters: Adapters): void {
    this.#adapters = Promise.resolve(this.#withGiven(adapters));
  }

  /** Ends the connection, if there is one; the next use makes another. */
  async close(): Promise<void> {
    const adapters = this.#adapters;
    this.#adapters = undefined;
    await (await adapters)?.close();
  }

  async #open(): Promise<Adapters> {
    try {
      return this.#withGiven(await this.#connect());
    } catch (error) {
      this.#adapters = undefined;
      throw error;
    }
  }

  #withGiven(adapters: Adapters): Adapters {
    const { broker, resultBackend } = this.#given;
    if (!broker && !resultBackend) return adapters;
    return {
      ...adapters,
      ...(broker && { broker }),
      ...(resultBackend && {
        results: resultBackend,
        admissions: admissionsFrom(resultBackend, adapters.revocations),
      }),
      close: () => adapters.close(),
    };
  }
}

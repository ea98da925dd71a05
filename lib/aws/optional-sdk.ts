/**
 * The part of an SDK client that an adapter uses. Typed here, since the client's package is an optional peer: whoever
 * reads our declarations need not have it.
 */
export interface OptionalClient {
  send(command: object): Promise<unknown>;
  destroy(): void;
}

/** A class of the client's package, such as a command. */
export type OptionalClass = new (input: object) => object;

/** A client, and the classes of its package that are used here. */
export interface LoadedSdk<Command extends string> {
  readonly client: OptionalClient;
  readonly sdk: Readonly<Record<Command, OptionalClass>>;
}

/** A client whose package is an optional peer, loaded at first use. */
export class LazySdk<Command extends string> {
  readonly #connect: () => Promise<LoadedSdk<Command>>;
  #loaded: Promise<LoadedSdk<Command>> | undefined;

  constructor(connect: () => Promise<LoadedSdk<Command>>) {
    this.#connect = connect;
  }

  /** @throws ImproperlyConfigured when the client's package is not installed */
  load(): Promise<LoadedSdk<Command>> {
    this.#loaded ??= this.#connect();
    return this.#loaded;
  }

  async destroy(): Promise<void> {
    const loaded = await this.#loaded?.catch(() => undefined);
    loaded?.client.destroy();
    this.#loaded = undefined;
  }
}

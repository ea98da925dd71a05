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

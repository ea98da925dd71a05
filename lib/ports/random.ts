/** Ids and chance, as a port, so that a run can be repeated from a seed. */
export interface Random {
  /** A new UUID, version 4. */
  uuid(): string;
  /** At least 0 and less than 1. */
  number(): number;
}

/** The platform's own randomness. */
export const systemRandom: Random = {
  uuid: () => crypto.randomUUID(),
  number: () => Math.random(),
};

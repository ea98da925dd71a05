/** What lies in the blob store: bodies of messages, and result documents. Each may be read only as what it is. */
export const PayloadKind = { arguments: 'arguments', results: 'results' } as const;

export type PayloadKind = (typeof PayloadKind)[keyof typeof PayloadKind];

/** Days for which blobs are kept, each by a prefix of its own that the store's lifecycle rules name. */
export const payloadLifetimes: readonly number[] = [2, 8, 35, 100, 400, 1500, 4000];

/** Days for which a message's body is kept beyond its eta: the queue's 14 days and its dead-letter queue's. */
export const daysBeyondEta = 28;

const secondsOfDay = 86_400;

/** A blob's place and the time until which it is certainly there. */
export interface PayloadPlace {
  readonly key: string;
  /** Unix seconds; null: for ever. */
  readonly until: number | null;
}

/** Prefix of the keys of one kind and lifetime in days; null: kept for ever. */
export function payloadPrefix(kind: PayloadKind, days: number | null): string {
  return `${kind}/${days === null ? 'kept' : `${days}d`}/`;
}

/**
 * Where to put a blob that is needed until then.
 *
 * @param neededUntil Unix seconds; null: for ever.
 * @param now Unix seconds.
 */
export function placePayload(
  kind: PayloadKind,
  neededUntil: number | null,
  now: number,
  uuid: string,
): PayloadPlace {
  const days =
    neededUntil === null
      ? undefined
      : payloadLifetimes.find((days) => Math.floor(now) + days * secondsOfDay >= neededUntil);
  // What no lifetime is long enough for is kept for ever: better than gone too early.
  if (days === undefined) return { key: payloadPrefix(kind, null) + uuid, until: null };
  return { key: payloadPrefix(kind, days) + uuid, until: Math.floor(now) + days * secondsOfDay };
}

/** Whether a key is one of a kind, with nothing in it that leads elsewhere. */
export function isPayloadKey(kind: PayloadKind, key: string): boolean {
  return key.startsWith(`${kind}/`) && /^[a-z]+\/(?:\d+d|kept)\/[\w-]+$/.test(key);
}

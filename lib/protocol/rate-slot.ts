import { isObject } from './envelope.ts';

/** The header that carries a slot from the worker that took it to the one that starts the task; ours. */
export const rateSlotHeader = 'rate_slot';

/** When one start of a rate-limited task may be: `[from, until)`, in milliseconds since the epoch. */
export interface RateSlot {
  readonly from: number;
  readonly until: number;
  /** Of the rate by which it was taken: a slot of an older one is void. */
  readonly version: number;
}

/** null for whatever is none: a message without a slot takes one. */
export function decodeRateSlot(header: unknown): RateSlot | null {
  if (!isObject(header)) return null;
  const { from, until, version } = header;
  const whole = [from, until, version].every(Number.isSafeInteger);
  return whole ? { from: Number(from), until: Number(until), version: Number(version) } : null;
}

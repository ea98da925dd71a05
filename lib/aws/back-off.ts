import { type Clock, type Random, sleep } from '../ports/index.ts';

const firstMs = 50;
const longestMs = 2_000;

/**
 * Waits before asking again for what a request left undone: a random share of 50 ms doubled per round, at most 2 s.
 *
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter "full jitter"
 */
export async function backOff(round: number, clock: Clock, random: Random): Promise<void> {
  await sleep(clock, Math.ceil(random.number() * Math.min(longestMs, firstMs * 2 ** round)));
}

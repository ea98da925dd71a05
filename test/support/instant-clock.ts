import type { Clock } from '../../lib/ports/index.ts';

/** The machine's time, but every wait is over at once; `waits` tells how long each would have been, in milliseconds. */
export function instantClock(): Clock & { readonly waits: readonly number[] } {
  const waits: number[] = [];
  return {
    waits,
    now: () => Date.now(),
    setTimer(delayMs, run) {
      waits.push(delayMs);
      const turn = setImmediate(run);
      return () => clearImmediate(turn);
    },
  };
}

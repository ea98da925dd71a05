/** Time, as a port, so that every race can be replayed. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `run` once after `delayMs`; the returned function cancels it. */
  setTimer(delayMs: number, run: () => void, options?: TimerOptions): () => void;
}

export interface TimerOptions {
  /** The process need not stay alive for this timer. Default false. */
  readonly background?: boolean;
}

/** Resolves after `delayMs` of this clock's time. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve);
  });
}

/** What Node's timers hold, 24.8 days; they take anything longer as one millisecond. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's own clock, for delays of any length. A pending timer keeps the process alive unless it is a `background` one. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, run, { background = false } = {}) {
    let timer: NodeJS.Timeout;
    const start = (leftMs: number) => {
      const nextMs = Math.min(leftMs, longestTimerMs);
      timer = setTimeout(() => (leftMs > nextMs ? start(leftMs - nextMs) : run()), nextMs);
      if (background) timer.unref();
    };
    start(delayMs);
    return () => clearTimeout(timer);
  },
};

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
  /** Somebody does nothing but wait for it: time may go on, in a test. Default false. */
  readonly awaited?: boolean;
}

/** Resolves after `delayMs` of this clock's time. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve, { awaited: true });
  });
}

/** What Node's timers hold, 24.8 days; they take anything longer as one millisecond. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's own clock, for delays of any length. A pending timer keeps the process alive unless it is a `background` one. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, run, { background = false } = {}) {
    if (delayMs > longestTimerMs) return setLongTimer(delayMs, run, background);
    const timer = setTimeout(run, delayMs);
    if (background) timer.unref();
    return () => clearTimeout(timer);
  },
};

/** One timer after another. */
function setLongTimer(delayMs: number, run: () => void, background: boolean): () => void {
  const next = () => {
    cancel = systemClock.setTimer(delayMs - longestTimerMs, run, { background });
  };
  let cancel = systemClock.setTimer(longestTimerMs, next, { background });
  return () => cancel();
}

import { constants } from 'node:os';

/** Ctrl-C, `kill` and a closed terminal, as an AbortSignal. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** What a shell expects after an interrupt: 128 and the signal's number. */
  exitCode(): number;
  /** Gives the signals back to Node. */
  dispose(): void;
}

const interrupting = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** From now on the first such signal aborts; a second one ends the process at once. */
export function abortOnInterrupt(): Interrupt {
  const controller = new AbortController();
  let received: (typeof interrupting)[number] = 'SIGINT';
  const exitCode = () => 128 + constants.signals[received];
  const onSignal = (name: (typeof interrupting)[number]) => {
    if (controller.signal.aborted) process.exit(exitCode());
    received = name;
    controller.abort();
  };
  for (const name of interrupting) process.on(name, onSignal);
  return {
    signal: controller.signal,
    exitCode,
    dispose() {
      for (const name of interrupting) process.off(name, onSignal);
    },
  };
}

/** Resolves when `signal` aborts, and keeps the process alive until then. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const keepAlive = setInterval(() => {}, 2 ** 30);
    const end = () => {
      clearInterval(keepAlive);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}

import type { LogFields, Logger } from '../ports/index.ts';

/** The same logger, whose own failures change nothing: a log line must not decide over a task. */
export function safeLogger(logger: Logger): Logger {
  return {
    debug: (...line) => write(logger, 'debug', line),
    info: (...line) => write(logger, 'info', line),
    warn: (...line) => write(logger, 'warn', line),
    error: (...line) => write(logger, 'error', line),
  };
}

function write(logger: Logger, level: keyof Logger, line: [string, ...LogFields[]]): void {
  try {
    logger[level](...line);
  } catch {
    // There is nowhere left to tell it.
  }
}

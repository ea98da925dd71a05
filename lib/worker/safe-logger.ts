import type { Logger } from '../ports/index.ts';

/** The same logger, whose own failures change nothing: a log line must not decide over a task. */
export function safeLogger(logger: Logger): Logger {
  const safely = (write: () => void) => {
    try {
      write();
    } catch {
      // There is nowhere left to tell it.
    }
  };
  return {
    debug: (message, fields) => safely(() => logger.debug(message, fields)),
    info: (message, fields) => safely(() => logger.info(message, fields)),
    warn: (message, fields) => safely(() => logger.warn(message, fields)),
    error: (message, fields) => safely(() => logger.error(message, fields)),
  };
}

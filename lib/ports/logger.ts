/** Structured log lines. `console` and Powertools' `Logger` fit as they are. */
export interface Logger {
  debug(message: string, ...fields: LogFields[]): void;
  info(message: string, ...fields: LogFields[]): void;
  warn(message: string, ...fields: LogFields[]): void;
  error(message: string, ...fields: LogFields[]): void;
}

/** What a line says besides its message; at most one of these is given. */
export type LogFields = Record<string, unknown>;

/** Says nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

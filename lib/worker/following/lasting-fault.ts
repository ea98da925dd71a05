import { OperationalError } from '../../errors.ts';
import { BatchSendError } from '../../producer/index.ts';

/**
 * An error that every later delivery would meet again: of what can never be sent or read. The application's own code, a
 * route or a key, may throw anything.
 */
export class LastingFault {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** @throws the error itself where it may pass */
export function lastingFault(error: unknown): LastingFault {
  if (error instanceof OperationalError || error instanceof BatchSendError) throw error;
  return new LastingFault(error);
}

import { CeleryError, OperationalError } from '../../errors.ts';

/** Whether every later delivery would meet the same: what can never be sent or read. All else may pass. */
export function isLasting(error: unknown): error is CeleryError {
  return error instanceof CeleryError && !(error instanceof OperationalError);
}

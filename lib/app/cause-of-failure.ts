import { isA, SoftTimeLimitExceeded } from '../errors.ts';
import type { ExecutionContext } from './self.ts';

/** What a run threw, or the soft limit that made it throw: whoever waits on an aborted signal gets an AbortError. */
export function causeOfFailure(error: unknown, context: Pick<ExecutionContext, 'signal'>): unknown {
  if (!(isA(error, Error) && error.name === 'AbortError')) return error;
  const { signal } = context;
  return signal.aborted && signal.reason instanceof SoftTimeLimitExceeded ? signal.reason : error;
}

import { CeleryError, OperationalError } from '../errors.ts';

const waysOut: Readonly<Record<string, string>> = {
  ResourceNotFoundException:
    'The table is not there: deploy the stack, or correct CELERY_ENDPOINTS.',
  QueueDoesNotExist: 'The queue is not there: deploy the stack, or correct CELERY_ENDPOINTS.',
  AccessDenied:
    'Grant this role the right: grantProduce of the construct gives what a producer needs.',
  AccessDeniedException:
    'Grant this role the right: grantProduce of the construct gives what a producer needs.',
  CredentialsProviderError:
    'Give the process credentials: a role, a profile, or any AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for a local AWS.',
};

/** What went wrong with an AWS request: while doing what, to which queue or table, AWS's own name for it, the way out. */
export function operationalError(doing: string, cause: unknown): CeleryError {
  if (cause instanceof CeleryError) return cause;
  const { name, message } =
    cause instanceof Error ? cause : { name: typeof cause, message: String(cause) };
  const wayOut = waysOut[name];
  const what = `${doing} failed: ${name}: ${message}`;
  return new OperationalError(wayOut ? `${what.replace(/\.?$/, '.')} ${wayOut}` : what, { cause });
}

/** Awaits an AWS request; its error becomes an `OperationalError`. */
export async function request<T>(doing: () => string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw operationalError(doing(), error);
  }
}

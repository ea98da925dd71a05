import { ImproperlyConfigured, isA, MaxRetriesExceededError, Retry } from '../errors.ts';
import type { TaskRequest } from './request.ts';
import { checkRetry, retryChangeForms } from './retry-forms.ts';
import type { RetrySettings } from './task-options.ts';

/** Whose retry it is. One that is not here was made by hand. */
const requests = new WeakMap<Retry, TaskRequest>();

/** Marks a Retry as made by this request's task, within the limits that it was asked with. */
export function ownRetry(request: TaskRequest, retry: Retry): Retry {
  requests.set(retry, request);
  return retry;
}

/**
 * What an error that a run threw comes to for the task that ran. Only its own Retry runs it again as it is: one made by
 * hand does within `maxRetries`, and one of a task that it called as a plain function, which knows neither limit nor
 * delay of this one, never does.
 *
 * @throws ImproperlyConfigured for one made by hand that asks for what no retry can have
 */
export function heldToLimits(
  error: unknown,
  request: TaskRequest,
  settings: RetrySettings,
): unknown {
  if (!isA(error, Retry)) return error;
  const made = requests.get(error);
  if (made === request) return error;
  if (made?.calledDirectly) return calledDirectly(made.task, error);
  if (!made) checkRetry(request, error.changes, retryChangeForms);
  if (isWithin(settings.maxRetries, request)) return error;
  return heldToLimits(error.exc ?? outOfRetries(request), request, settings);
}

/** Whether there is another attempt after this one; null: always. */
export function isWithin(maxRetries: number | null, { retries }: TaskRequest): boolean {
  return maxRetries === null || retries + 1 <= maxRetries;
}

/** Celery's words. */
export function outOfRetries(request: TaskRequest): MaxRetriesExceededError {
  const { task, id, argsrepr, kwargsrepr } = request;
  return new MaxRetriesExceededError(
    `Can't retry ${task}[${id}] args:${argsrepr} kwargs:${kwargsrepr}`,
  );
}

function calledDirectly(task: string, cause: Retry): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `${task} was called as a plain function, not sent, so it cannot be retried by itself: ` +
      'give its retry an exc for the caller, or send it',
    { cause },
  );
}

import type { RetryChanges } from '../errors.ts';
import { checkHeaders, checkOptions, type Forms, publishOptionForms } from '../producer/index.ts';
import type { TaskRequest } from './request.ts';

const { queue, priority, timeLimit, softTimeLimit, headers, shadow, ignoreResult } =
  publishOptionForms;

/** What the values of {@link RetryChanges} look like. */
export const retryChangeForms: Forms<RetryChanges> = {
  args: ['a list', Array.isArray],
  kwargs: [
    'an object',
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ],
  expires: publishOptionForms.eta,
  ...{ queue, priority, timeLimit, softTimeLimit, headers, shadow, ignoreResult },
};

/**
 * Checks how a task asks to run again.
 *
 * @throws ImproperlyConfigured for options nobody knows, values that do not fit, and headers that the message writes itself
 */
export function checkRetry<Options extends Pick<RetryChanges, 'headers'>>(
  { task }: Pick<TaskRequest, 'task'>,
  options: Options,
  forms: Forms<Options>,
): void {
  checkOptions(options, forms, 'option', `retry of '${task}'`);
  checkHeaders(task, options.headers ?? {});
}

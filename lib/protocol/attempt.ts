/** More retries than a replacement will see; readable where an item or a schedule shows the number. */
const retriesOfOne = 1_000_000_000;

/**
 * The number of an attempt, by which attempts of one task are ordered: its retries, and the retries of whatever took its
 * place after all of its own. A replacement has the task's id and begins at retry 0, so retries alone would make it look
 * like an old copy.
 *
 * @see celery.app.task.Task.replace
 */
export function attemptNumber({
  retries,
  replacedTaskNesting,
}: {
  readonly retries: number;
  readonly replacedTaskNesting: number;
}): number {
  return replacedTaskNesting * retriesOfOne + retries;
}

/** How often the task had been replaced before this attempt. @param attempt As {@link attemptNumber} makes it. */
export function replacementsBefore(attempt: number): number {
  return Math.floor(attempt / retriesOfOne);
}

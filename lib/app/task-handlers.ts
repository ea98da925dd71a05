type Args = readonly unknown[];
type Kwargs = Readonly<Record<string, unknown>>;

/** Hears of an error, or of the cause of a retry; `traceback` stands for Celery's `einfo`. */
export type EndHandler = (
  exc: unknown,
  taskId: string,
  args: Args,
  kwargs: Kwargs,
  traceback: string | null,
) => unknown;

/**
 * Functions of a task that hear of its runs, awaited, with the arguments of Celery's handlers. What the last four throw
 * is logged and changes nothing.
 *
 * @see celery.app.task.Task
 */
export interface TaskHandlers {
  /** Before each run, within it: an error is the task's. */
  readonly beforeStart?: (taskId: string, args: Args, kwargs: Kwargs) => unknown;
  /** Its success is stored. */
  readonly onSuccess?: (retval: unknown, taskId: string, args: Args, kwargs: Kwargs) => unknown;
  /** Its failure is stored. */
  readonly onFailure?: EndHandler;
  /** Its next attempt is stored, and about to be sent. */
  readonly onRetry?: EndHandler;
  /** A run is over, and does not go on as a retry. */
  readonly afterReturn?: (
    status: string,
    retval: unknown,
    taskId: string,
    args: Args,
    kwargs: Kwargs,
    traceback: string | null,
  ) => unknown;
}

import { Duration } from 'aws-cdk-lib';

/** Celery's own default queue. @see celery.app.defaults: task_default_queue */
export const defaultQueueName = 'celery';

/** `maxAttempts` where nobody says otherwise. */
export const defaultMaxAttempts = 3;

/** A worker function's timeout where nobody says otherwise. */
export const defaultTimeout: Duration = Duration.minutes(1);

/**
 * Six times the function's timeout and the time a batch is gathered: what AWS asks for, so that a batch Lambda
 * had to throttle is still its own when it runs.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export function visibilityTimeoutFor(
  timeout: Duration,
  batchingWindow: Duration = Duration.seconds(0),
): Duration {
  return Duration.seconds(6 * timeout.toSeconds() + batchingWindow.toSeconds());
}

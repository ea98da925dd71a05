import { ImproperlyConfigured, isA, Retry, type RetryChanges, TaskPredicate } from '../errors.ts';
import type { Clock, Random } from '../ports/index.ts';
import { type Forms, publishOptionForms } from '../producer/index.ts';
import { heldToLimits, isWithin, outOfRetries, ownRetry } from './own-retry.ts';
import type { TaskRequest } from './request.ts';
import { checkRetry, retryChangeForms } from './retry-forms.ts';
import type { RetrySettings } from './task-options.ts';

/** How a task is to run again. @see celery.app.task.Task.retry */
export interface RetryOptions extends Omit<RetryChanges, 'expires'> {
  /** Why. It is the task's error when there are no retries left, and the cause in its state RETRY. */
  readonly exc?: unknown;
  /** Seconds from now. @default the task's `defaultRetryDelay` */
  readonly countdown?: number;
  /** The earliest start, instead of a countdown. */
  readonly eta?: Date;
  /** Seconds from now, or the moment, after which it shall not start any more. @default as it was */
  readonly expires?: number | Date;
  /** null: for ever. @default the task's `maxRetries` */
  readonly maxRetries?: number | null;
  /** false: the `Retry` is returned, for the task to throw. @default true */
  readonly throw?: boolean;
}

const { countdown, eta, expires, retries } = publishOptionForms;

const retryForms: Forms<RetryOptions> = {
  ...retryChangeForms,
  ...{ countdown, eta, expires },
  exc: ['anything', () => true],
  maxRetries: [`${retries[0]}, or null for ever`, (value) => value === null || retries[1](value)],
  throw: ['true or false', (value) => typeof value === 'boolean'],
};

/**
 * The retry of a running task.
 *
 * @throws `exc`, or MaxRetriesExceededError, when there are no retries left
 * @throws ImproperlyConfigured for options nobody knows, headers that the message writes itself, and a time that no date tells
 */
export function planRetry(
  request: TaskRequest,
  settings: RetrySettings,
  options: RetryOptions,
  now: number,
): Retry {
  checkRetry(request, options, retryForms);
  const {
    exc,
    countdown,
    eta,
    maxRetries = settings.maxRetries,
    expires,
    throw: _,
    ...changes
  } = options;
  if (!isWithin(maxRetries, request)) throw exc ?? outOfRetries(request);
  const retry = new Retry(exc, eta ?? later(countdown ?? settings.defaultRetryDelay, now), {
    ...changes,
    ...(expires !== undefined && { expires: moment(expires, now) }),
  });
  return ownRetry(request, retry);
}

function later(seconds: number, now: number): Date | null {
  return seconds > 0 ? secondsFrom(now, seconds) : null;
}

function moment(expires: number | Date, now: number): Date {
  return typeof expires === 'number' ? secondsFrom(now, expires) : expires;
}

/** Python's dates end with the year 9999. */
const lastMoment = Date.UTC(9999, 11, 31, 23, 59, 59);

function secondsFrom(now: number, seconds: number): Date {
  const time = now + seconds * 1000;
  if (time <= lastMoment) return new Date(time);
  throw new ImproperlyConfigured(
    `A retry in ${seconds} seconds is after the year 9999, which no message can tell: give fewer seconds`,
  );
}

/**
 * What an error that a task threw comes to: a Retry where its options say so, else the error; a Retry is held to limits.
 *
 * @throws what `planRetry` throws
 * @see celery.app.autoretry.add_autoretry_behaviour
 */
export function autoretry(
  error: unknown,
  request: TaskRequest,
  settings: RetrySettings,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): unknown {
  if (isA(error, Retry)) return heldToLimits(error, request, settings);
  if (isA(error, TaskPredicate) || !isAny(error, settings.autoretryFor)) return error;
  if (isAny(error, settings.dontAutoretryFor)) return error;
  const countdown = settings.retryBackoff
    ? backoffSeconds(request.retries, settings, random)
    : settings.retryKwargs.countdown;
  return planRetry(
    request,
    settings,
    { ...settings.retryKwargs, countdown, exc: error },
    clock.now(),
  );
}

/** @see celery.utils.time.get_exponential_backoff_interval */
function backoffSeconds(
  retries: number,
  { retryBackoff, retryBackoffMax, retryJitter }: RetrySettings,
  random: Random,
): number {
  const factor = Math.floor(Math.max(1, Number(retryBackoff)));
  const seconds = Math.min(retryBackoffMax, factor * 2 ** retries);
  return retryJitter ? Math.floor(random.number() * (Math.floor(seconds) + 1)) : seconds;
}

function isAny(error: unknown, classes: readonly ErrorClass[]): boolean {
  return classes.some((one) => isA(error, one));
}

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => Error;

import type { Celery } from '../app/index.ts';
import type { Adapters, Clock, Logger, Random } from '../ports/index.ts';
import type { RateSlots } from './starting/rate-slots.ts';
import type { Terminations } from './terminations.ts';

/** What every step of a worker needs: the application, its adapters and its ports. */
export interface WorkerRuntime {
  readonly app: Celery;
  readonly adapters: Adapters;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Name of this worker in results and requests. */
  readonly hostname: string;
  /** Starts without news after which a task is given up. */
  readonly maxAttempts: number;
  readonly terminations: Terminations;
  readonly rateSlots: RateSlots;
  readonly observe: ((end: TaskEnd) => void) | undefined;
}

/** How a task ended in this worker. */
export interface TaskEnd {
  readonly id: string;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly attempt: number;
  readonly status: string;
  /** The value, or the exception as the wire has it. */
  readonly result: unknown;
}

/** One batch's stay in one process: a Lambda invocation, or one poll of a long-running worker. */
export interface Invocation {
  /** Names it among all invocations. */
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** When the process is ended at the latest, in milliseconds since the epoch; Infinity: never. */
  readonly deadline: number;
}

/** Time kept back to store outcomes and settle, in milliseconds: a tenth of the invocation, at most a second. */
function shutdownBufferMs({ startedAt, deadline }: Invocation): number {
  return Math.min(1000, (deadline - startedAt) / 10);
}

/** When a run has to be left, in milliseconds since the epoch. */
export function runDeadline(invocation: Invocation): number {
  return invocation.deadline - shutdownBufferMs(invocation);
}

/** Whether there is time to start anything at all: as much again as the buffer. */
export function canStart(invocation: Invocation, now: number): boolean {
  return now + shutdownBufferMs(invocation) < runDeadline(invocation);
}

/** Whether a run of so many seconds ends in time when it starts now, with the buffer kept for what comes before it. */
export function fits(invocation: Invocation, now: number, seconds: number): boolean {
  return now + seconds * 1000 + shutdownBufferMs(invocation) <= runDeadline(invocation);
}

/** Whether an invocation like this one has the time for it at all. undefined: it may take any time. */
export function canEverFit(invocation: Invocation, seconds: number | undefined): boolean {
  return seconds !== undefined && fits(invocation, invocation.startedAt, seconds);
}

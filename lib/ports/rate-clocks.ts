import type { RateLimit, RateSlot, RateWindow } from '../protocol/index.ts';

/** Whose starts are counted together: a task's, or those of one key of it. */
export interface RateClockKey {
  readonly task: string;
  /** '': all of the task's. */
  readonly key: string;
}

/** What is asked of a clock. */
export interface SlotRequest {
  readonly window: RateWindow;
  /** Of the rate that `window` is of: 0 as long as none was set by a command. */
  readonly version: number;
  /** From 1 on. */
  readonly count: number;
}

/** A rate that was set by a command, in place of the task's own. */
export interface RateChange {
  readonly rateLimit: RateLimit;
  /** Later commands have higher ones; from 1 on. */
  readonly version: number;
}

/**
 * Slots of rate-limited tasks, each given to one start alone, in order, whoever asks. Nothing is kept of what was not
 * used. All verbs throw `OperationalError` when it is not known whether they took effect; slots may then be lost.
 */
export interface RateClocks {
  /**
   * The next `count` slots. undefined: the clock goes by a later version already, which `change` tells.
   * The first slots of a later version begin two seconds from now, when no start by the older one is under way.
   */
  take(key: RateClockKey, request: SlotRequest): Promise<readonly RateSlot[] | undefined>;

  /** The rate that was set by command; undefined: none was. Sees every change that was answered before. */
  change(task: string): Promise<RateChange | undefined>;

  /** Sets a rate for good, unless a later version is set. */
  setChange(task: string, change: RateChange): Promise<void>;
}

/** How far the next slot may lie ahead, in seconds: a clock without takers for so long is behind, and as good as absent. */
export const rateClockKeptSeconds: number = 400 * 86_400;

/** How long starts by an older rate may still be under way, in microseconds. */
const handOverMicros = 2_000_000;

/** The start of the window that a clock begins with, in microseconds: this one, or one after a change of rate. */
export function firstWindow(nowMs: number, window: RateWindow, changed: boolean): number {
  const now = nowMs * 1000;
  const length = windowMicros(window);
  return changed
    ? Math.ceil((now + handOverMicros) / length) * length
    : Math.floor(now / length) * length;
}

/** How far the slots of a request move a clock on, in microseconds. */
export function slotSpan({ window, count }: SlotRequest): number {
  return count * window.intervalMicros;
}

/** The slots of a request whose first is at `first`, in microseconds: each may start anywhere in its window. */
export function slotsFrom(first: number, { window, version, count }: SlotRequest): RateSlot[] {
  const length = windowMicros(window);
  return Array.from({ length: count }, (_, index) => {
    const start = Math.floor((first + index * window.intervalMicros) / length) * length;
    return { from: Math.ceil(start / 1000), until: Math.ceil((start + length) / 1000), version };
  });
}

function windowMicros({ starts, intervalMicros }: RateWindow): number {
  return starts * intervalMicros;
}

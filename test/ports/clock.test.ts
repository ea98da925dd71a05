import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../lib/ports/index.ts';

const dayMs = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a timer of the machine's clock", () => {
  test('runs once, at its time', () => {
    const run = vi.fn();
    systemClock.setTimer(50, run);

    vi.advanceTimersByTime(49);
    expect(run).not.toHaveBeenCalled();

    vi.advanceTimersByTime(1000);
    expect(run).toHaveBeenCalledOnce();
  });

  test('waits longer than the 24.8 days that one timer of Node lasts', () => {
    const run = vi.fn();
    const setTimeout = vi.spyOn(globalThis, 'setTimeout');
    systemClock.setTimer(60 * dayMs, run);

    vi.advanceTimersByTime(60 * dayMs - 1);
    expect(run).not.toHaveBeenCalled();

    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
    expect(setTimeout.mock.calls.every(([, delay = 0]) => delay < 2 ** 31)).toBe(true);
  });

  test('can be cancelled at any time', () => {
    const run = vi.fn();
    const cancel = systemClock.setTimer(60 * dayMs, run);

    vi.advanceTimersByTime(50 * dayMs);
    cancel();
    vi.advanceTimersByTime(50 * dayMs);

    expect(run).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

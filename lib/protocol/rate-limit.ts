/**
 * A rate as a row of windows: at most `starts` in each, one window after another. Windows of fast rates are a second
 * long, so that a message that comes some milliseconds late is still on time.
 */
export interface RateWindow {
  readonly starts: number;
  /** Microseconds a start, whole, so that clocks never drift; a window is `starts` times as long. */
  readonly intervalMicros: number;
}

/** Celery's forms of a rate: `'5/s'`, `'10/m'`, `'100/h'`, a number or text of one a second; null, 0: no limit. */
export type RateLimit = string | number | null;

const secondsOf: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
]);

/** @returns undefined for what is no rate, else how many starts a second. @see celery.utils.time.rate */
export function parseRate(rate: unknown): number | undefined {
  if (rate === null) return 0;
  const [, count, unit = 's'] = /^([0-9]*\.?[0-9]+)(?:\/([smh]))?$/.exec(String(rate).trim()) ?? [];
  const isForm = typeof rate === 'string' || typeof rate === 'number';
  if (!isForm || count === undefined) return undefined;
  return Number(count) / (secondsOf.get(unit) ?? 1);
}

/** The windows of a rate that `parseRate` takes; undefined: no limit. */
export function rateWindow(rate: RateLimit): RateWindow | undefined {
  const perSecond = parseRate(rate) ?? 0;
  if (perSecond === 0) return undefined;
  const intervalMicros = Math.ceil(1_000_000 / perSecond);
  return { starts: Math.ceil(1_000_000 / intervalMicros), intervalMicros };
}

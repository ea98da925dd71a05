import { DecodeError, EncodeError } from '../errors.ts';

/** Calendar date, then time and offset where given: what Python writes, and dateutil's `isoparse` reads besides. */
const isoDate =
  /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)? ?(Z|[+-]\d\d(?::?\d\d(?::?\d\d(?:\.\d+)?)?)?)?)?$/i;

/** An ISO 8601 text, read. */
export interface IsoDate {
  /** Milliseconds since the epoch; what is finer is cut off. A text without offset is taken as UTC. */
  readonly time: number;
  /** The text has no offset. */
  readonly naive: boolean;
}

/**
 * Reads an ISO 8601 date or date and time; without offset it is UTC, as Celery takes it.
 *
 * @throws DecodeError
 * @see dateutil.parser.isoparse
 */
export function parseIsoDate(text: string): Date {
  return new Date(readIsoDate(text).time);
}

/** As {@link parseIsoDate}, and tells whether the text had an offset. @throws DecodeError */
export function readIsoDate(text: string): IsoDate {
  const match = isoDate.exec(text);
  const time = match === null ? Number.NaN : utcTime(match);
  if (match === null || Number.isNaN(time)) {
    throw new DecodeError(
      `Expected an ISO 8601 date such as 2024-02-03T04:05:06.789000+00:00, got '${text.slice(0, 100)}'`,
    );
  }
  return { time, naive: match[8] === undefined };
}

/** Whether {@link readIsoDate} can read it. */
export function readsAsDate(text: string): boolean {
  const match = isoDate.exec(text);
  return match !== null && !Number.isNaN(utcTime(match));
}

/** Of what `toISOString` writes for the years 0 to 9999; it writes others with a sign and six digits. */
const isoLength = '2024-02-03T04:05:06.789Z'.length;

/**
 * Writes a date as Python does: UTC, microseconds, `+00:00` (Python 3.10's `fromisoformat` knows no `Z`).
 *
 * @throws EncodeError for an invalid date, and outside the years 1 to 9999, which Python cannot hold.
 */
export function formatIsoDate(date: Date): string {
  const text = Number.isNaN(date.getTime()) ? 'Invalid Date' : date.toISOString();
  if (text.length !== isoLength || text.startsWith('0000')) {
    throw new EncodeError(`Expected a date within the years 1 to 9999, got ${text}`);
  }
  return `${text.slice(0, -1)}000+00:00`;
}

/** NaN where a part is out of its range. */
function utcTime(match: RegExpExecArray): number {
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(part) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isCalendarDay = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!isCalendarDay || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const milliseconds = Number(`${match[7] ?? ''}000`.slice(0, 3));
  date.setUTCHours(hour, minute, second, milliseconds);
  return date.getTime() - offsetSeconds(match[8]) * 1000;
}

/** Seconds east of UTC; NaN from a whole day on, which Python refuses. */
export function offsetSeconds(offset: string | undefined): number {
  if (offset === undefined || /^z$/i.test(offset)) return 0;
  const digits = offset.slice(1).replaceAll(':', '');
  const part = (from: number): number => Number(digits.slice(from, from + 2));
  const seconds = part(0) * 3600 + part(2) * 60 + part(4);
  if (part(2) > 59 || part(4) > 59 || seconds >= 86_400) return Number.NaN;
  return offset.startsWith('-') ? -seconds : seconds;
}

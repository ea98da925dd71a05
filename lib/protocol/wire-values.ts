import { DecodeError } from '../errors.ts';
import { formatIsoDate, readIsoDate } from './dates.ts';

/** What every Python version from 3.10 on reads back. */
const pythonDateTime =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}|\.\d{6})?(?:[+-]\d\d:\d\d(?::\d\d(?:\.\d{6})?)?)?$/;

/**
 * A Python datetime: a `Date` that still knows the text it came as, so that microseconds, offset and naivety
 * survive a round trip.
 *
 * @see kombu.utils.json
 */
export class DateTime extends Date {
  /** The text it was read from. */
  readonly iso: string;
  /** Python's datetime had no timezone; `getTime()` takes it as UTC. */
  readonly naive: boolean;
  readonly #readTime: number;

  /** @throws DecodeError unless `iso` is an ISO 8601 date and time. */
  constructor(iso: string) {
    const { time, naive } = readIsoDate(iso);
    super(time);
    this.iso = iso;
    this.naive = naive;
    this.#readTime = time;
  }

  /** The text to write: the original one, unless a setter changed the date or Python 3.10 could not read it. */
  override toJSON(): string {
    if (this.getTime() === this.#readTime && pythonDateTime.test(this.iso)) return this.iso;
    const text = formatIsoDate(this);
    return this.naive ? text.slice(0, -'+00:00'.length) : text;
  }
}

/** A value of Python's that travels as a text of its own type and that JavaScript has no type for. */
export abstract class WireValue {
  /** Its `__type__` on the wire. */
  abstract readonly type: string;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** So that `${value}`, `<` and `Number(value)` do what one expects. */
  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** Python's `datetime.date`: `2024-02-03`. */
export class PlainDate extends WireValue {
  override readonly type = 'date';

  /** @throws DecodeError */
  constructor(text: string) {
    super(checked(text, /^\d{4}-\d\d-\d\d$/, 'a date such as 2024-02-03'));
    readIsoDate(text);
  }
}

/** Python's `datetime.time`, with microseconds and offset where it has them: `04:05:06.000007`. */
export class PlainTime extends WireValue {
  override readonly type = 'time';

  /** @throws DecodeError */
  constructor(text: string) {
    const form =
      /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-][012]\d:[0-5]\d(?::[0-5]\d)?)?$/;
    super(checked(text, form, 'a time such as 04:05:06.000007'));
  }
}

/** Python's `decimal.Decimal`, digit for digit: `3.1400`. `Number(value)` gives the nearest number. */
export class Decimal extends WireValue {
  override readonly type = 'decimal';

  /** @throws DecodeError */
  constructor(text: string) {
    const form = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|s?nan\d*)$/i;
    super(checked(text, form, 'a decimal number such as 3.1400'));
  }
}

/** Python's `uuid.UUID`, in its dashed, lower-case form. */
export class Uuid extends WireValue {
  override readonly type = 'uuid';

  /** Takes the dashed form and 32 plain hex digits. @throws DecodeError */
  constructor(text: string) {
    const hex = text.replaceAll('-', '').toLowerCase();
    checked(hex, /^[0-9a-f]{32}$/, 'a UUID such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8');
    super(hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'));
  }
}

function checked(text: string, form: RegExp, expected: string): string {
  if (!form.test(text)) throw new DecodeError(`Expected ${expected}, got '${text.slice(0, 100)}'`);
  return text;
}

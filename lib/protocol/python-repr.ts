import { offsetSeconds } from './dates.ts';
import { decodeUtf8 } from './utf8.ts';
import { WireValue } from './wire-values.ts';

/** Celery's `argsrepr_maxsize` and `task_repr_maxlevels`. */
const maxLength = 1024;
const maxLevels = 3;

/**
 * Positional arguments as Celery shows them: Python's repr of a tuple, `(2, 'a')`, three levels deep and about 1,024
 * characters long. Its cost is bounded likewise, and it never throws.
 *
 * @see celery.utils.saferepr
 */
export function reprArgs(args: readonly unknown[]): string {
  return attempt((repr) => repr.list(args, '(', args.length === 1 ? ',)' : ')', 0));
}

/** Keyword arguments as Celery shows them: Python's repr of a dict, `{'k': 1}`. As {@link reprArgs}. */
export function reprKwargs(kwargs: Readonly<Record<string, unknown>>): string {
  return attempt((repr) => repr.dict(kwargs, 0));
}

/** Any one value as Celery would show it. As {@link reprArgs}. */
export function reprValue(value: unknown): string {
  return attempt((repr) => repr.value(value, 0));
}

/** As {@link reprArgs}, but each text quoted and escaped as Python's own `repr` does, not as Celery's. */
export function reprPlainArgs(args: readonly unknown[]): string {
  const close = args.length === 1 ? ',)' : ')';
  return attempt((repr) => repr.list(args, '(', close, 0), quotedPlainly);
}

/** What cannot be read (a getter or proxy throws) ends the text: this is for display, and refused where it is encoded. */
function attempt(write: (repr: SafeRepr) => void, quote: Quote = quoted): string {
  const repr = new SafeRepr(quote);
  try {
    write(repr);
  } catch {
    return `${repr.text}<unreadable>`;
  }
  return repr.text;
}

/** Celery's token stream with its length budget: what does not fit is `, ...`, then everything open is closed. */
class SafeRepr {
  text = '';
  readonly #quote: Quote;
  #left = maxLength;
  #isFull = false;

  constructor(quote: Quote) {
    this.#quote = quote;
  }

  value(value: unknown, level: number): void {
    if (typeof value === 'string') this.#token(() => this.#quote(value, this.#left));
    else if (value instanceof Uint8Array) this.#token(() => bytes(value, this.#left));
    else if (Array.isArray(value)) this.list(value, '[', ']', level);
    else if (isDict(value)) this.dict(value, level);
    else this.#token(() => truncate(literal(value), this.#left));
  }

  list(items: readonly unknown[], open: string, close: string, level: number): void {
    if (!this.#open(open, close, level)) return;
    for (let index = 0; index < items.length && !this.#isFull; index++) {
      if (index > 0) this.#token(() => ', ');
      this.value(items[index], level + 1);
    }
    this.#close(close);
  }

  dict(entries: Readonly<Record<string, unknown>>, level: number): void {
    if (!this.#open('{', '}', level)) return;
    let isFirst = true;
    for (const key in entries) {
      if (this.#isFull) break;
      if (!isFirst) this.#token(() => ', ');
      isFirst = false;
      this.#token(() => this.#quote(key, this.#left));
      this.#token(() => ': ');
      this.value(entries[key], level + 1);
    }
    this.#close('}');
  }

  /** Whether it was opened, and so is to be filled and closed. */
  #open(open: string, close: string, level: number): boolean {
    if (level >= maxLevels) this.#token(() => `${open}...${close}`);
    else this.#token(() => open);
    return level < maxLevels && !this.#isFull;
  }

  #close(close: string): void {
    this.text += close;
    this.#left -= close.length;
  }

  #token(write: () => string): void {
    if (this.#isFull) return;
    if (this.#left <= 0) {
      this.text += ', ...';
      this.#isFull = true;
      return;
    }
    const token = write();
    this.text += token;
    this.#left -= countCharacters(token);
  }
}

/** A text in quotes, its first `max` characters. */
type Quote = (text: string, max: number) => string;

function quoted(text: string, max: number): string {
  return `'${truncate(text, max).replaceAll("'", "\\'")}'`;
}

/** @see unicode_repr in CPython's Objects/unicodeobject.c */
function quotedPlainly(text: string, max: number): string {
  const inside = truncate(text, max).replace(/[\\\p{Cc}]/gu, escaped);
  const isDouble = text.includes("'") && !text.includes('"');
  return isDouble ? `"${inside}"` : `'${inside.replaceAll("'", "\\'")}'`;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16).padStart(2, '0');
  return escapes.get(character) ?? `\\x${code}`;
}

/** Python counts characters, not UTF-16 units. @see celery.utils.text.truncate */
function truncate(text: string, max: number): string {
  if (text.length < max) return text;
  const characters = Array.from(text.slice(0, 2 * max));
  if (characters.length < max) return text;
  const cut = characters.slice(0, max).join('');
  const space = cut.lastIndexOf(' ');
  return `${space < 0 ? cut : cut.slice(0, space)}...`;
}

function countCharacters(text: string): number {
  const pairs = text.match(/[\ud800-\udbff][\udc00-\udfff]/g);
  return text.length - (pairs?.length ?? 0);
}

/** Celery's own form: text where the bytes are UTF-8, hex where not. */
function bytes(value: Uint8Array, max: number): string {
  const shown = value.subarray(0, max);
  const text = decodeUtf8(shown) ?? Buffer.from(shown).toString('hex');
  return `b'${text}${value.length > max ? '...' : ''}'`;
}

function isDict(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return number(value);
  if (value instanceof Date) return datetime(value);
  if (value instanceof WireValue) return wireValue(value);
  if (typeof value === 'object') return `<${className(value)} object>`;
  return typeof value === 'function' ? '<function>' : String(value);
}

/** Python's float where JavaScript's number is certainly none of its integers. */
function number(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0.0';
  if (Number.isSafeInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function wireValue(value: WireValue): string {
  if (value.type === 'date' || value.type === 'time') return temporal(value.type, value.text);
  return `${value.type === 'uuid' ? 'UUID' : 'Decimal'}('${value.text}')`;
}

function datetime(value: Date): string {
  // An invalid Date is null here, whatever the type says.
  const iso: string | null = value.toJSON();
  if (iso === null || !/^(?!0000)\d{4}-/.test(iso)) return `<Date ${iso}>`;
  return temporal('datetime', iso);
}

/** How many numbers are always shown; seconds and microseconds only where there is something to say. */
const leastParts = { date: 3, time: 2, datetime: 5 };

function temporal(type: keyof typeof leastParts, text: string): string {
  const zone = /(?:Z|[+-]\d\d:\d\d[\d:.]*)$/.exec(text)?.[0] ?? '';
  const [clock = '', fraction = ''] = text.slice(0, text.length - zone.length).split('.');
  const numbers = [...(clock.match(/\d+/g) ?? []), fraction.padEnd(6, '0')].map(Number);
  while (numbers.length > leastParts[type] && numbers.at(-1) === 0) numbers.pop();
  return `datetime.${type}(${numbers.join(', ')}${timezone(zone)})`;
}

function timezone(zone: string): string {
  if (zone === '') return '';
  const seconds = offsetSeconds(zone);
  if (seconds === 0) return ', tzinfo=datetime.timezone.utc';
  const delta = seconds < 0 ? `days=-1, seconds=${seconds + 86_400}` : `seconds=${seconds}`;
  return `, tzinfo=datetime.timezone(datetime.timedelta(${delta}))`;
}

function className(value: object): string {
  return (value as { constructor?: { name?: string } }).constructor?.name ?? 'anonymous';
}

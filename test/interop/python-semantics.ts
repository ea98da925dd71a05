import { DateTime, Decimal, PlainDate, PlainTime, Uuid } from '../../lib/index.ts';

/** Python's name of the type a value has on the Python side. */
export function pythonTypeName(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int' : 'float';
  if (typeof value === 'string') return 'str';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Date) return 'datetime';
  if (value instanceof PlainDate) return 'date';
  if (value instanceof PlainTime) return 'time';
  if (value instanceof Decimal) return 'Decimal';
  if (value instanceof Uuid) return 'UUID';
  if (value instanceof Uint8Array) return 'bytes';
  return 'dict';
}

/** What Python's `repr()` says of a value. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return numberRepr(value);
  if (typeof value === 'string') return stringRepr(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if (value instanceof Date) return dateTimeRepr(value);
  if (value instanceof PlainDate) return `datetime.date(${numbersIn(value.toString()).join(', ')})`;
  if (value instanceof PlainTime) return `datetime.time(${timeParts(value.toString()).join(', ')})`;
  if (value instanceof Decimal) return `Decimal('${value}')`;
  if (value instanceof Uuid) return `UUID('${value}')`;
  if (value instanceof Uint8Array) return bytesRepr(value);
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, item]) => `${pythonRepr(key)}: ${pythonRepr(item)}`)
      .join(', ')}}`;
  }
  return String(value);
}

/** A number beyond the safe integers was a float in Python: its integers of that size come as bigint. */
function numberRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Number.isSafeInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll('\\', '\\\\').replace(/(?! )[\p{C}\p{Z}]/gu, escapeCharacter);
  return `${quote}${escaped.replaceAll(quote, `\\${quote}`)}${quote}`;
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** @see str.isprintable */
function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = (digits: number) => code.toString(16).padStart(digits, '0');
  if (code < 0x100) return escapes[character] ?? `\\x${hex(2)}`;
  return code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

function bytesRepr(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes);
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replace(/[^ -~]/g, escapeCharacter)
    .replaceAll(quote, `\\${quote}`);
  return `b${quote}${escaped}${quote}`;
}

function numbersIn(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}

/** Python leaves trailing zero seconds and microseconds out. */
function timeParts(text: string): number[] {
  const [clock = '', fraction] = text.split('.');
  const parts = numbersIn(clock);
  if (fraction !== undefined) return [...parts, Number(fraction.padEnd(6, '0'))];
  return parts.at(-1) === 0 && parts.length === 3 ? parts.slice(0, 2) : parts;
}

function dateTimeRepr(value: Date): string {
  const text = value instanceof DateTime ? value.iso : value.toISOString().replace('Z', '+00:00');
  const [, date = '', time = '', offset] =
    /^(\d+-\d+-\d+)[T ]([\d:.]+)(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
  const parts = [...numbersIn(date), ...timeParts(time)].join(', ');
  return offset === undefined
    ? `datetime.datetime(${parts})`
    : `datetime.datetime(${parts}, tzinfo=${zoneRepr(offset)})`;
}

function zoneRepr(offset: string): string {
  const [hours = 0, minutes = 0] = numbersIn(offset);
  const seconds = (hours * 60 + minutes) * 60 * (offset.startsWith('-') ? -1 : 1);
  if (seconds === 0) return 'datetime.timezone.utc';
  const delta = seconds < 0 ? `days=-1, seconds=${86_400 + seconds}` : `seconds=${seconds}`;
  return `datetime.timezone(datetime.timedelta(${delta}))`;
}

/** Python's `+` for what JSON carries: numbers of any size, texts, lists. */
export function plus(x: unknown, y: unknown): unknown {
  if (isNumber(x) && isNumber(y))
    return calculate(
      x,
      y,
      (a, b) => a + b,
      (a, b) => a + b,
    );
  if (typeof x === 'string' && typeof y === 'string') return x + y;
  if (Array.isArray(x) && Array.isArray(y)) return [...x, ...y];
  throw unsupported('+', x, y);
}

/** Python's `*`, repeating texts and lists as well. */
export function times(x: unknown, y: unknown): unknown {
  if (isNumber(x) && isNumber(y))
    return calculate(
      x,
      y,
      (a, b) => a * b,
      (a, b) => a * b,
    );
  if (typeof x === 'number' && !isNumber(y)) return times(y, x);
  if (typeof x === 'string' && typeof y === 'number') return x.repeat(Math.max(0, y));
  if (Array.isArray(x) && typeof y === 'number')
    return Array.from({ length: Math.max(0, y) }, () => x).flat();
  throw unsupported('*', x, y);
}

function isNumber(value: unknown): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

/** Integers stay exact: what leaves JavaScript's safe range is calculated as bigint. */
function calculate(
  x: number | bigint | boolean,
  y: number | bigint | boolean,
  numbers: (a: number, b: number) => number,
  integers: (a: bigint, b: bigint) => bigint,
): number | bigint {
  const plain = numbers(Number(x), Number(y));
  const exact = [x, y].every((value) => typeof value !== 'number' || Number.isInteger(value));
  if (!exact || (Number.isSafeInteger(plain) && typeof x !== 'bigint' && typeof y !== 'bigint'))
    return plain;
  return integers(BigInt(x), BigInt(y));
}

function unsupported(operator: string, x: unknown, y: unknown): TypeError {
  return new TypeError(
    `unsupported operand type(s) for ${operator}: '${pythonTypeName(x)}' and '${pythonTypeName(y)}'`,
  );
}

import type { ScalarTag, Tags } from 'yaml';
import { maxIntegerDigits } from '../protocol/json-text.ts';
import { DateTime, PlainDate } from '../protocol/wire-values.ts';

// PyYAML's own expressions and constructors: other parsers take 1e3 for a number and 0o7 for an octal one, and would read
// another value than Python wrote.

const words: Readonly<Record<string, boolean>> = {
  ...{ yes: true, true: true, on: true },
  ...{ no: false, false: false, off: false },
};

const timestamp =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(?:(Z)|([-+])(\d\d?)(?::(\d\d))?))?)?$/;

/** How PyYAML reads what stands without quotes. @see yaml.resolver.Resolver, yaml.constructor.SafeConstructor */
export const pythonTags: Tags = [
  scalar('null', /^(?:~|null|Null|NULL|)$/, () => null),
  scalar(
    'bool',
    /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
    (text) => words[text.toLowerCase()],
  ),
  scalar(
    'int',
    /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
    (text) => readNumber(text, readInteger),
  ),
  scalar(
    'float',
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
    (text) => readNumber(text, readFloat),
  ),
  scalar(
    'timestamp',
    /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
    readTimestamp,
  ),
  {
    tag: 'tag:yaml.org,2002:binary',
    resolve: (text: string) => new Uint8Array(Buffer.from(text, 'base64')),
  },
  'set',
];

function scalar(name: string, test: RegExp, resolve: (text: string) => unknown): ScalarTag {
  return { tag: `tag:yaml.org,2002:${name}`, default: true, test, resolve };
}

function readNumber<T extends number | bigint>(text: string, read: (digits: string) => T): T {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/.exec(text.replaceAll('_', '')) ?? [];
  const value = read(digits.toLowerCase());
  return sign === '-' ? (-value as T) : value;
}

function readInteger(digits: string): number | bigint {
  if (digits.length > maxIntegerDigits) throw new Error(`an integer of ${digits.length} digits`);
  const value = digits.includes(':') ? sexagesimal(digits) : BigInt(withBase(digits));
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** A leading zero means octal. */
function withBase(digits: string): string {
  return /^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits;
}

function readFloat(digits: string): number {
  if (digits === '.inf') return Number.POSITIVE_INFINITY;
  if (digits === '.nan') return Number.NaN;
  return digits.includes(':')
    ? digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
    : Number(digits);
}

/** `1:30` is ninety. */
function sexagesimal(digits: string): bigint {
  return digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n);
}

function readTimestamp(text: string): DateTime | PlainDate {
  const [, year, month = '', day = '', hour, minute, second, fraction = '', utc, ...zone] =
    timestamp.exec(text) ?? [];
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (hour === undefined) return new PlainDate(date);
  const micros = fraction.slice(0, 6).padEnd(6, '0');
  const time = `${hour.padStart(2, '0')}:${minute}:${second}${Number(micros) > 0 ? `.${micros}` : ''}`;
  const [sign, hours = '', minutes = '00'] = zone;
  const offset = sign ? `${sign}${hours.padStart(2, '0')}:${minutes}` : utc && '+00:00';
  return new DateTime(`${date}T${time}${offset ?? ''}`);
}

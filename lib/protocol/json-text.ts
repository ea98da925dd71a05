import { DecodeError } from '../errors.ts';

/**
 * How many objects and lists may stand in each other, in what is read and in what is written: just under
 * Python's recursion limit, which is what its JSON reader and writer go by.
 */
export const maxDepth = 900;

/** Python reads and writes no longer integers than this. @see sys.set_int_max_str_digits */
export const maxIntegerDigits = 4300;

/** From this many digits on, an integer may be none that a number holds exactly. */
const suspiciousDigits = 16;

/**
 * Looks a JSON text over before it is parsed, without recursion and skipping its strings.
 *
 * @returns Whether there may be an integer that a number does not hold exactly.
 * @throws DecodeError when the text nests deeper than `deepest`.
 */
export function surveyJson(text: string, deepest: number): boolean {
  // Most messages are too short to nest too deep, and have no such run of digits anywhere.
  if (text.length <= 2 * deepest && !/\d{16}/.test(text)) return false;
  let depth = 0;
  let digits = 0;
  let hasLongInteger = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) {
      if (++digits === suspiciousDigits) hasLongInteger = true;
      continue;
    }
    digits = code === 0x2e /* . */ ? Number.NEGATIVE_INFINITY : 0;
    if (code === 0x22 /* " */) at = endOfString(text, at);
    else if (code === 0x5b /* [ */ || code === 0x7b /* { */) depth++;
    else if (code === 0x5d /* ] */ || code === 0x7d /* } */) depth--;
    if (depth > deepest) {
      throw new DecodeError(`Objects and lists stand more than ${deepest} deep in each other`);
    }
  }
  return hasLongInteger;
}

/** Applies `edit` to all of a JSON text but its strings. */
export function editOutsideStrings(text: string, edit: (part: string) => string): string {
  let edited = '';
  let from = 0;
  for (;;) {
    const open = text.indexOf('"', from);
    if (open < 0) return edited + edit(text.slice(from));
    const end = endOfString(text, open) + 1;
    edited += edit(text.slice(from, open)) + text.slice(open, end);
    from = end;
  }
}

/** The closing quote of the string that opens at `open`; the text's end where it never closes. */
function endOfString(text: string, open: number): number {
  let close = open;
  do {
    close = text.indexOf('"', close + 1);
    if (close < 0) return text.length;
  } while (isEscaped(text, close));
  return close;
}

/**
 * Sets one member of a valid JSON text of an object to what `edit` makes of its text, and leaves every other
 * character as it is. Where a key is repeated the last one counts, as for every reader.
 */
export function setMember(
  text: string,
  key: string,
  edit: (value: string | undefined) => string,
): string {
  const open = skipSpace(text, 0);
  const found = members(text, open).findLast((member) => member.key === key);
  if (found) {
    return (
      text.slice(0, found.from) + edit(text.slice(found.from, found.to)) + text.slice(found.to)
    );
  }
  const rest = text.slice(open + 1);
  const comma = /^\s*\}/.test(rest) ? '' : ', ';
  return `${text.slice(0, open + 1)}${JSON.stringify(key)}: ${edit(undefined)}${comma}${rest}`;
}

interface Member {
  readonly key: string;
  /** Where its value stands: first character, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

function members(text: string, open: number): Member[] {
  const found: Member[] = [];
  let at = open + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    const end = text.indexOf('}', at);
    if (quote < 0 || end < quote) return found;
    const keyEnd = endOfString(text, quote) + 1;
    const from = skipSpace(text, text.indexOf(':', keyEnd) + 1);
    const to = endOfValue(text, from);
    found.push({ key: JSON.parse(text.slice(quote, keyEnd)) as string, from, to });
    at = to;
  }
}

function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (depth === 0 && (char === ',' || char === '}' || char === ']')) return trimEnd(text, at);
    if (char === '"') at = endOfString(text, at);
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
  }
  return text.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function trimEnd(text: string, end: number): number {
  let at = end;
  while (isSpace(text.charCodeAt(at - 1))) at--;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

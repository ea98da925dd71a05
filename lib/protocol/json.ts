import { DecodeError } from '../errors.ts';
import { numberMark, reviveWireValues } from './json-revive.ts';
import { editOutsideStrings, maxDepth, surveyJson } from './json-text.ts';
import { isPlain, writeJson } from './json-write.ts';

/** A `__type__` key, or an escape that may hide one (`\u005f` is `_`). */
const mayHoldWireValues = /__type__|\\u00[5-7]/;
/** Whole tokens alone: no digits of a fraction or an exponent. */
const oddNumbers = /NaN|-?Infinity|(?<![\w.+-])-?(?!0)\d{16,}(?![\d.eE])/g;

/**
 * Reads JSON as kombu writes it: `__type__` envelopes become the values they stand for (`DateTime`, `PlainDate`,
 * `PlainTime`, `Decimal`, `Uuid`, `Uint8Array`), bare `NaN` and `Infinity` numbers, and integers that a number cannot
 * hold exactly `bigint`. A text without any of these costs little more than `JSON.parse`.
 *
 * @throws DecodeError for what is no JSON, an unknown `__type__`, or nesting deeper than 900.
 * @see kombu.utils.json.loads
 */
export function parseJson(text: string): unknown {
  const { value, isMarked } = read(text);
  return isMarked || mayHoldWireValues.test(text) ? reviveWireValues(value) : value;
}

/**
 * As {@link parseJson}, but `__type__` envelopes, and numbers that JSON.parse cannot read, stay objects: for a look at
 * a text's structure alone.
 *
 * @param deepest How many objects and lists may stand in each other. Default: 900
 * @throws DecodeError
 */
export function parseStructure(text: string, deepest: number = maxDepth): unknown {
  return read(text, deepest).value;
}

/**
 * Writes JSON as kombu reads it, the reverse of {@link parseJson}. Of objects, what is `undefined` is left out; in
 * lists, and alone, it is `null`. A value that is plain JSON costs little more than `JSON.stringify`.
 *
 * @throws EncodeError that names the place and what stands there: functions, symbols, Map, Set, instances of classes
 * without `toJSON`, circular references, nesting deeper than 900, an object that readers would take for a `__type__`
 * envelope, an integer of more than 4300 digits.
 * @see kombu.utils.json.dumps
 */
export function stringifyJson(value: unknown): string {
  return stringifyPart(value, '', 0);
}

/** Writes a part of a larger text: `name` begins the path in errors, `depth` tells how deep the part stands. @throws EncodeError */
export function stringifyPart(value: unknown, name: string, depth: number): string {
  try {
    if (isPlain(value, depth)) return JSON.stringify(value) ?? 'null';
  } catch {
    // A getter or proxy threw: the writer meets it again and says where.
  }
  return writeJson(value, name, depth);
}

/** Writes an object whose members' names begin the paths in errors: `result.when`. @throws EncodeError */
export function stringifyMembers(members: Readonly<Record<string, unknown>>): string {
  try {
    if (isPlain(members, 0)) return JSON.stringify(members);
  } catch {
    // As above.
  }
  const texts = Object.entries(members).map(
    ([key, value]) => `${JSON.stringify(key)}:${writeJson(value, key, 1)}`,
  );
  return `{${texts.join(',')}}`;
}

function read(text: string, deepest: number = maxDepth): { value: unknown; isMarked: boolean } {
  if (surveyJson(text, deepest)) return readMarked(text);
  try {
    return { value: JSON.parse(text), isMarked: false };
  } catch (error) {
    if (/NaN|Infinity/.test(text)) return readMarked(text);
    throw notJson(error);
  }
}

/** Where JSON.parse would lose digits or stop at NaN: such tokens are made envelopes first. */
function readMarked(text: string): { value: unknown; isMarked: true } {
  try {
    // Parsed once with blanks in their place, so that an error shows the text as it came.
    JSON.parse(editNumbers(text, (token) => '0'.padStart(token.length)));
  } catch (error) {
    throw notJson(error);
  }
  const marked = editNumbers(
    text,
    (token) => `{"__type__":"${numberMark}","__value__":"${token}"}`,
  );
  return { value: JSON.parse(marked), isMarked: true };
}

function editNumbers(text: string, edit: (token: string) => string): string {
  return editOutsideStrings(text, (part) =>
    part.replace(oddNumbers, (token) =>
      Number.isSafeInteger(Number(token)) ? token : edit(token),
    ),
  );
}

function notJson(error: unknown): DecodeError {
  return new DecodeError(`Not JSON: ${(error as Error).message}`, { cause: error });
}

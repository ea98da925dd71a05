import { inspect } from 'node:util';
import { ImproperlyConfigured } from '../errors.ts';
import { nearestName } from '../protocol/nearest-name.ts';
import { fitsMessageGroup } from '../protocol/sqs-refusal.ts';
import { compressionNames, isPickle } from '../serializers/index.ts';

/** What an option's value looks like: in words, and as a test. */
export type Form = readonly [expected: string, fits: (value: unknown) => boolean];

/** The forms of all options of one kind, by name. */
export type Forms<Options> = { readonly [Name in keyof Options]-?: Form };

export const anyForm: Form = ['anything', () => true];
export const flag: Form = ['true or false', (value) => typeof value === 'boolean'];
export const text: Form = ['a text that is not empty', isText];
/** Of a message group, or of a deduplication. */
export const sqsId: Form = [
  '1 to 128 letters, digits and punctuation marks of ASCII, without blanks',
  (value) => typeof value === 'string' && fitsMessageGroup(value),
];
export const seconds: Form = ['a number of seconds', isFiniteNumber];
export const positiveSeconds: Form = [
  'a positive number of seconds',
  (value) => isFiniteNumber(value) && value > 0,
];
export const moment: Form = ['a valid Date', isMoment];
export const secondsOrMoment: Form = [
  'a number of seconds or a valid Date',
  (value) => isFiniteNumber(value) || isMoment(value),
];
export const whole: Form = ['a whole number from 0 on', isWhole];
export const priority: Form = [
  'a whole number from 0 to 9',
  (value) => isWhole(value) && Number(value) <= 9,
];
/** By name; whether there is such a serializer shows when it is first used. */
export const serializerName: Form = [
  'the name of a serializer (json, yaml, msgpack, or a registered one; never pickle)',
  (value) => isText(value) && !isPickle(value),
];
export const compressionName: Form = [
  `one of ${compressionNames.join(', ')}`,
  (value) => compressionNames.includes(value as string),
];

/**
 * Refuses options that nobody knows, naming the nearest that is known, and values that do not fit; what is
 * `undefined` is not given. Without this, a misspelt option would be silently ignored.
 *
 * @param kind What an error calls such an option: `setting`, `task option`.
 * @param owner Whose options they are, for errors.
 * @throws ImproperlyConfigured
 */
export function checkOptions(
  given: object,
  forms: Readonly<Record<string, Form>>,
  kind: string,
  owner: string,
): void {
  for (const name in given) {
    const value = (given as Record<string, unknown>)[name];
    const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
    if (form === undefined) throw unknownOption(name, Object.keys(forms), kind, owner);
    if (value === undefined || form[1](value)) continue;
    throw new ImproperlyConfigured(
      `The ${kind} '${name}' of ${owner} expects ${form[0]}, got ${inspect(value, { depth: 1, maxStringLength: 100 })}`,
    );
  }
}

function unknownOption(
  name: string,
  known: readonly string[],
  kind: string,
  owner: string,
): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `Unknown ${kind} '${name}' of ${owner}; the nearest known one is '${nearestName(name, known)}'. ` +
      `Known are: ${known.join(', ')}`,
  );
}

/** No list, no Map, no instance of a class: what JSON writes as an object, whichever realm made it. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (!Array.isArray(value) && Object.getPrototypeOf(prototype) === null);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isMoment(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

import { DecodeError } from '../errors.ts';
import { isObject } from './envelope.ts';
import { parseJson, stringifyJson } from './json.ts';
import { decodeResultTuple, type ResultTuple } from './result-tuple.ts';
import { checkSignature, checkSignatures } from './signature.ts';
import type { WireSignature } from './task-message.ts';

/** What is stored of a chord. */
export interface ChordDocument {
  readonly members: readonly ResultTuple[];
  readonly body: WireSignature;
}

/** @throws EncodeError */
export function encodeChordDocument({ members, body }: ChordDocument): string {
  return stringifyJson({ members, body });
}

/** @throws DecodeError */
export function decodeChordDocument(text: string): ChordDocument {
  const value = parseJson(text);
  if (!isObject(value) || !Array.isArray(value.members)) {
    throw new DecodeError('Not a stored chord: expected an object with members and a body');
  }
  return {
    members: value.members.map((member, index) => decodeResultTuple(member, `members[${index}]`)),
    body: checkSignature(value.body, 'body'),
  };
}

/** @throws EncodeError */
export function encodeSteps(steps: readonly WireSignature[]): string {
  return stringifyJson(steps);
}

/** @throws DecodeError */
export function decodeSteps(text: string): readonly WireSignature[] {
  return checkSignatures(parseJson(text), 'steps');
}

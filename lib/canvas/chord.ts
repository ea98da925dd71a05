import { CanvasSignature, senderOf } from './canvas-signature.ts';
import type { GroupSignature, HeaderValues, SharedMissing } from './canvas-types.ts';
import { memberOf, stepOf } from './chunks.ts';
import { type Draft, isChain, isGroup, newChord, newGroup } from './draft.ts';
import type { AnySignature, Signature } from './signature.ts';

/** A header: signatures, or a group of them. */
type Header = readonly AnySignature[] | AnySignature;

/**
 * Signatures to be run at once, and one that gets the list of their values when all of them are done. What is put in
 * front goes before the arguments of every signature in the header.
 *
 * @example
 * await chord([add.s(2, 2), add.s(4, 4)], xsum.s()).applyAsync(); // 12
 * await chord([add.s(2, 2), add.s(4, 4)])(xsum.s()).applyAsync(); // the same
 * @see celery.canvas.chord
 */
export function chord<const T extends readonly AnySignature[], R>(
  header: T,
  body: Signature<[HeaderValues<T>], R>,
): Signature<SharedMissing<T>, R>;
export function chord<M extends readonly unknown[], T extends readonly unknown[], R>(
  header: GroupSignature<M, T>,
  body: Signature<[T], R>,
): Signature<M, R>;
export function chord<const T extends readonly AnySignature[]>(
  header: T,
): <R>(body: Signature<[HeaderValues<T>], R>) => Signature<SharedMissing<T>, R>;
export function chord<M extends readonly unknown[], T extends readonly unknown[]>(
  header: GroupSignature<M, T>,
): <R>(body: Signature<[T], R>) => Signature<M, R>;
export function chord(header: Header, body?: AnySignature): unknown {
  const withBody = (last: AnySignature) => chordOf(header, last);
  return body ? withBody(body) : withBody;
}

function chordOf(header: Header, body: AnySignature): AnySignature {
  const signatures = 'toJSON' in header ? [header] : header;
  const draft = newChord(headerGroup(header), stepOf(body.toJSON()));
  return new CanvasSignature(senderOf([...signatures, body]), draft);
}

function headerGroup(header: Header): ReturnType<typeof newGroup> {
  if (!('toJSON' in header)) return newGroup(header.map((member) => memberOf(member.toJSON())));
  const draft: Draft = memberOf(header.toJSON());
  if (isGroup(draft)) return draft;
  return newGroup(isChain(draft) ? draft.kwargs.tasks : [draft]);
}

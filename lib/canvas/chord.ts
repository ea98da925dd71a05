import { CanvasSignature, senderOf } from './canvas-signature.ts';
import type { GroupSignature, HeaderValues, SharedMissing } from './canvas-types.ts';
import { type Draft, draftOf, isChain, isGroup, newChord, newGroup } from './draft.ts';
import type { AnySignature, Signature } from './signature.ts';

/** A header: signatures, or a group of them. */
type Header = readonly AnySignature[] | GroupSignature<never, readonly unknown[]>;

type ValuesOf<H extends Header> = H extends readonly AnySignature[]
  ? HeaderValues<H>
  : H extends GroupSignature<never, infer T>
    ? T
    : never;

type MissingOf<H extends Header> = H extends readonly AnySignature[]
  ? SharedMissing<H>
  : H extends Signature<infer M, unknown>
    ? M
    : never;

/**
 * Signatures to be run at once, and one that gets the list of their values when all of them are done. What is put in
 * front goes before the arguments of every signature in the header.
 *
 * @example
 * await chord([add.s(2, 2), add.s(4, 4)], xsum.s()).applyAsync(); // 12
 * await chord([add.s(2, 2), add.s(4, 4)])(xsum.s()).applyAsync(); // the same
 * @see celery.canvas.chord
 */
export function chord<const H extends Header, R>(
  header: H,
  body: Signature<[ValuesOf<H>], R>,
): Signature<MissingOf<H>, R>;
export function chord<const H extends Header>(
  header: H,
): <R>(body: Signature<[ValuesOf<H>], R>) => Signature<MissingOf<H>, R>;
export function chord(header: Header, body?: AnySignature): unknown {
  const withBody = (last: AnySignature) => chordOf(header, last);
  return body ? withBody(body) : withBody;
}

function chordOf(header: Header, body: AnySignature): AnySignature {
  const signatures = 'toJSON' in header ? [header] : header;
  const draft = newChord(headerGroup(header), draftOf(body.toJSON()));
  return new CanvasSignature(senderOf([...signatures, body]), draft);
}

function headerGroup(header: Header): ReturnType<typeof newGroup> {
  if (!('toJSON' in header)) return newGroup(header.map((member) => draftOf(member.toJSON())));
  const draft: Draft = draftOf(header.toJSON());
  if (isGroup(draft)) return draft;
  return newGroup(isChain(draft) ? draft.kwargs.tasks : [draft]);
}

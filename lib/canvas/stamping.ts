import type { WireSignature } from '../protocol/index.ts';
import {
  type ChainDraft,
  type ChordDraft,
  type Draft,
  draftOf,
  type GroupDraft,
  isChain,
  isChord,
  isGroup,
  listOf,
} from './draft.ts';
import { type Headers, stampHeaders } from './stamp-headers.ts';

/**
 * Gives stamps to the parts of a canvas as it comes by them; what a method leaves out adds none.
 *
 * Each gets the stamps so far, and returns those to add: their names in `stamped_headers`, or all of them without it.
 *
 * @see celery.canvas.StampingVisitor
 */
export interface StampingVisitor {
  /** Every task, and every link. */
  onSignature(signature: WireSignature, headers: Headers): Headers | undefined;
  onGroupStart?(group: WireSignature, headers: Headers): Headers | undefined;
  onGroupEnd?(group: WireSignature, headers: Headers): void;
  onChainStart?(chain: WireSignature, headers: Headers): Headers | undefined;
  onChainEnd?(chain: WireSignature, headers: Headers): void;
  /** @default `onGroupStart`, of the header */
  onChordHeaderStart?(chord: WireSignature, headers: Headers): Headers | undefined;
  /** @default `onGroupEnd`, of the header */
  onChordHeaderEnd?(chord: WireSignature, headers: Headers): void;
  onChordBody?(chord: WireSignature, headers: Headers): Headers | undefined;
  onCallback?(callback: WireSignature, headers: Headers): Headers | undefined;
  onErrback?(errback: WireSignature, headers: Headers): Headers | undefined;
}

/** How stamps are given. */
export interface Stamping {
  readonly visitor?: StampingVisitor;
  /** Values of a stamp given twice are gathered in a list; else the first one stays. @default false */
  readonly append?: boolean;
}

/**
 * The draft, stamped.
 *
 * @param stamps By name, or a visitor that makes them.
 */
export function stamped(
  draft: Draft,
  stamps: Headers | StampingVisitor,
  stamping: Stamping,
): Draft {
  if (isVisitor(stamps)) stampDraft(draft, {}, { ...stamping, visitor: stamps });
  else stampDraft(draft, stamps, stamping);
  return draft;
}

function isVisitor(stamps: Headers | StampingVisitor): stamps is StampingVisitor {
  return typeof stamps.onSignature === 'function';
}

/**
 * Stamps every task of a canvas, its links included. Unlike Celery, which leaves it out without a visitor, the body of a
 * chord is stamped like all else.
 *
 * @see celery.canvas.Signature.stamp and those of chain, group and chord
 */
function stampDraft(draft: Draft, headers: Headers, stamping: Stamping): void {
  if (isGroup(draft)) stampGroup(draft, headers, stamping);
  else if (isChord(draft)) stampChord(draft, headers, stamping);
  else if (isChain(draft)) stampChain(draft, headers, stamping);
  else stampTask(draft, headers, stamping);
}

function stampTask(task: Draft, headers: Headers, stamping: Stamping): void {
  stampLinks(task, headers, stamping);
  const given = stamping.visitor?.onSignature(task, headers);
  Object.assign(task.options, stampHeaders(task, headers, given, stamping.append));
}

function stampChain(chain: ChainDraft, headers: Headers, stamping: Stamping): void {
  const { visitor, append } = stamping;
  const stamps = stampHeaders(chain, headers, visitor?.onChainStart?.(chain, headers), append);
  stampLinks(chain, stamps, stamping);
  for (const task of chain.kwargs.tasks) stampDraft(task, stamps, stamping);
  visitor?.onChainEnd?.(chain, stamps);
}

function stampGroup(group: GroupDraft, headers: Headers, stamping: Stamping): void {
  const { visitor, append } = stamping;
  const stamps = stampHeaders(group, headers, visitor?.onGroupStart?.(group, headers), append);
  stampLinks(group, stamps, stamping);
  for (const task of group.kwargs.tasks) stampDraft(task, stamps, stamping);
  visitor?.onGroupEnd?.(group, stamps);
}

function stampChord(chord: ChordDraft, headers: Headers, stamping: Stamping): void {
  const { visitor, append } = stamping;
  const { header, body } = chord.kwargs;
  const begun = visitor?.onChordHeaderStart
    ? visitor.onChordHeaderStart(chord, headers)
    : visitor?.onGroupStart?.(header, headers);
  const stamps = stampHeaders(chord, headers, begun, append);
  stampLinks(chord, stamps, stamping);
  for (const task of header.kwargs.tasks) stampDraft(task, stamps, stamping);
  if (visitor?.onChordHeaderEnd) visitor.onChordHeaderEnd(chord, stamps);
  else visitor?.onGroupEnd?.(header, stamps);
  const ofBody = stampHeaders(chord, stamps, visitor?.onChordBody?.(chord, stamps), append);
  stampDraft(body, ofBody, stamping);
}

/** Links have the stamps of what they are linked to, and not those it had before. @see Signature.stamp_links */
function stampLinks(draft: Draft, headers: Headers, stamping: Stamping): void {
  const { visitor } = stamping;
  const stampAll = (name: 'link' | 'link_error', visit: StampingVisitor['onCallback']) => {
    if (!draft.options[name]) return;
    let stamps = headers;
    draft.options[name] = listOf(draft.options[name]).map((link) => {
      const copy = draftOf(link);
      stamps = stampHeaders(null, stamps, visit?.call(visitor, copy, stamps), stamping.append);
      stampDraft(copy, stamps, stamping);
      return copy;
    });
  };
  stampAll('link', visitor?.onCallback);
  stampAll('link_error', visitor?.onErrback);
}

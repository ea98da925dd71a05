import { canvasKeptSeconds } from '../../canvas/index.ts';
import type { WireSignature } from '../../protocol/index.ts';

/** A chord as its parts know it. */
export interface ChordInHand {
  /** The id of the header's group. */
  readonly groupId: string;
  readonly body: WireSignature;
  /** How many parts it has. */
  readonly size: number;
  /** The latest start of a part that its producer knew of, in Unix seconds; 0: at once. */
  readonly until: number;
  readonly rootId: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Its body is sent on for TypeScript workers alone. @default false */
  readonly native?: boolean;
}

/** As the body's signature says; undefined: it does not. */
export function chordSize({ chord_size }: WireSignature): number | undefined {
  return typeof chord_size === 'number' ? chord_size : undefined;
}

/**
 * Until when a chord's records and its parts' results are kept. All in Unix seconds.
 *
 * @param from Now, or when this part is known to start.
 */
export function chordKeptUntil(body: WireSignature, from: number): number {
  return Math.ceil(Math.max(from, latestStart(body))) + canvasKeptSeconds;
}

/** The latest start of a part that the chord's producer knew of, in Unix seconds; 0: at once, or a Python producer. */
export function latestStart({ until }: WireSignature): number {
  return typeof until === 'number' ? until : 0;
}

/**
 * Until when what is stored of a canvas is to be kept from now on, once half of the time is over that it was kept for
 * beyond its latest known start; undefined: it lasts. All in Unix seconds.
 *
 * @param ends When it ends so far.
 */
export function keptLater(ends: number, now: number): number | undefined {
  return ends - now < canvasKeptSeconds / 2 ? Math.ceil(now) + canvasKeptSeconds : undefined;
}

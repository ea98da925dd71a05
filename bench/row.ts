import type { Medians } from './timing.ts';

/** One line of the table. */
export interface Row {
  readonly measure: string;
  readonly ours: string;
  readonly peer: string;
  readonly ratio: string;
  /** What the project demands; a row without a demand informs. */
  readonly required: string;
  readonly met: boolean | undefined;
}

/** Headings, in the order of a row's cells. */
export const headings = ['measure', 'ours', 'peer', 'ratio', 'required', 'verdict'] as const;

/** The cells of a row. */
export function cellsOf({ measure, ours, peer, ratio, required, met }: Row): string[] {
  return [measure, ours, peer, ratio, required, verdictOf(met)];
}

function verdictOf(met: boolean | undefined): string {
  if (met === undefined) return '';
  return met ? 'met' : 'MISSED';
}

/** How often as fast as the peer, from the seconds that one of something takes. Without a limit the row informs. */
export function speedRow(measure: string, taken: Medians, atLeast?: number): Row {
  const ratio = taken.peer / taken.ours;
  return {
    measure,
    ours: `${perSecond(1 / taken.ours)}/s`,
    peer: `${perSecond(1 / taken.peer)}/s`,
    ratio: ratio.toFixed(2),
    required: atLeast === undefined ? '' : `>= ${atLeast}`,
    met: atLeast === undefined ? undefined : ratio >= atLeast,
  };
}

/** How often as much as the peer takes. Without a limit the row informs. */
export function costRow(
  measure: string,
  taken: Medians,
  show: (value: number) => string,
  atMost?: number,
): Row {
  const ratio = taken.ours / taken.peer;
  return {
    measure,
    ours: show(taken.ours),
    peer: show(taken.peer),
    ratio: ratio.toFixed(2),
    required: atMost === undefined ? '' : `<= ${atMost}`,
    met: atMost === undefined ? undefined : ratio <= atMost,
  };
}

function perSecond(value: number): string {
  return Math.round(value).toLocaleString('en');
}

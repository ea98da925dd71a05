import { daysBeyondEta } from '../protocol/index.ts';

/** What is stored of a canvas is kept as long as its messages can live: so long after the latest known start, in seconds. */
export const canvasKeptSeconds: number = daysBeyondEta * 86_400;

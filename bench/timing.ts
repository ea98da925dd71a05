/** How often each side is measured: the median of these counts. */
const rounds = 5;
/** Turns within a round, which are short: what else the machine does meanwhile meets both sides alike. */
const turns = 8;

/** Seconds that `run` takes. */
export async function secondsOf(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}

/** What two sides cost, each the median of its rounds, in the unit of what was measured. */
export interface Medians {
  readonly ours: number;
  readonly peer: number;
}

/**
 * Measures two sides in turns; each answers what one turn of it cost. A first round warms both up and does not count.
 */
export async function inTurns(
  ours: () => Promise<number>,
  peer: () => Promise<number>,
): Promise<Medians> {
  await measureRound(ours, peer);
  const costs: Medians[] = [];
  for (let round = 0; round < rounds; round++) costs.push(await measureRound(ours, peer));
  return {
    ours: median(costs.map((cost) => cost.ours)),
    peer: median(costs.map((cost) => cost.peer)),
  };
}

/** The mean of its turns. */
async function measureRound(
  ours: () => Promise<number>,
  peer: () => Promise<number>,
): Promise<Medians> {
  const sum = { ours: 0, peer: 0 };
  for (let turn = 0; turn < turns; turn++) {
    sum.ours += await ours();
    sum.peer += await peer();
  }
  return { ours: sum.ours / turns, peer: sum.peer / turns };
}

/** The middle one of an odd number of values. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) / 2] ?? Number.NaN;
}

import { type LaneStarts, laneNames } from '../../protocol/index.ts';
import { InHand } from './in-hand.ts';

/** How often a lane lets those above it receive before its own turn comes. */
const patience = 4;

/** Lanes of one queue, polled by one process: they share its places, and the higher ones go first. */
class Lanes {
  /** Those whose last request brought something, by rank: 0 is the highest. */
  readonly #busy = new Set<number>();
  #waiting: (() => void)[] = [];

  isBusy(rank: number): boolean {
    return this.#busy.has(rank);
  }

  isBusyAbove(rank: number): boolean {
    return [...this.#busy].some((other) => other < rank);
  }

  received(rank: number, count: number): void {
    if (count > 0) this.#busy.add(rank);
    else this.#busy.delete(rank);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves when a lane has received, or has found itself empty. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** When one lane may receive. */
export class LaneTurn {
  /** Places of all lanes of the queue. */
  readonly inHand: InHand;
  /** Of these, as many as this lane may take: all but the highest leave it half. */
  readonly share: InHand;
  readonly #lanes: Lanes;
  readonly #rank: number;

  constructor(lanes: Lanes, rank: number, places: number, inHand: InHand) {
    this.#lanes = lanes;
    this.#rank = rank;
    this.inHand = inHand;
    this.share = new InHand(rank === 0 ? places : Math.ceil(places / 2));
  }

  /** A lane that has more to give asks without waiting, so that those below soon hear when it is empty. */
  get isBusy(): boolean {
    return this.#lanes.isBusy(this.#rank);
  }

  /** Resolves when no lane above has more to give, or has been let go first often enough. */
  async comes(signal: AbortSignal): Promise<void> {
    for (let waited = 0; waited < patience; waited++) {
      if (signal.aborted || !this.#lanes.isBusyAbove(this.#rank)) return;
      await this.#lanes.next();
    }
  }

  /** Tells the others how many deliveries a request brought; 0 also when it failed. */
  received(count: number): void {
    this.#lanes.received(this.#rank, count);
  }
}

/** The turns of those queues that are lanes of one queue, two of them at least. */
export function laneTurns(
  queues: readonly string[],
  lanes: ReadonlyMap<string, LaneStarts>,
  places: number,
): ReadonlyMap<string, LaneTurn> {
  const turns = new Map<string, LaneTurn>();
  for (const [queue, starts] of lanes) {
    const polled = laneNames(queue, starts).filter((name) => queues.includes(name));
    if (polled.length < 2) continue;
    const [together, inHand] = [new Lanes(), new InHand(places)];
    for (const [rank, name] of polled.entries()) {
      turns.set(name, new LaneTurn(together, rank, places, inHand));
    }
  }
  return turns;
}

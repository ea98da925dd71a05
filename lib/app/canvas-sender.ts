import {
  type CanvasCall,
  type CanvasPlan,
  callOfSignature,
  type PlannedChord,
} from '../canvas/index.ts';
import type { Adapters, Clock } from '../ports/index.ts';
import type { ParentTask } from '../producer/index.ts';
import { leafIds } from '../protocol/index.ts';

/** Plans of canvas that were checked and can be sent. */
export interface PreparedCanvas {
  /**
   * Makes the records of its chords, then sends its messages, ten in a request.
   *
   * @throws OperationalError, BatchSendError: some may be sent then, and all may be sent again
   */
  publish(how?: { readonly again?: boolean }): Promise<void>;
}

/** What canvas is sent through. */
export interface CanvasSenderOptions {
  readonly adapters: () => Promise<Adapters>;
  readonly clock: Clock;
  /** Refuses what could never be sent, and sends nothing. */
  readonly check: (calls: readonly CanvasCall[], parent: ParentTask | undefined) => Promise<void>;
  readonly send: (calls: readonly CanvasCall[], parent: ParentTask | undefined) => Promise<void>;
}

/** What a chord needs is kept so long after the latest known start of a part, in seconds. */
const keptSeconds = 28 * 86_400;

/** Sends canvas plans: for producers, and for workers that follow. */
export class CanvasSender {
  readonly #options: CanvasSenderOptions;

  constructor(options: CanvasSenderOptions) {
    this.#options = options;
  }

  /** Checks everything, so that what can never be sent shows before anything depends on it. @throws as `Task.delay` */
  async prepare(
    plans: readonly CanvasPlan[],
    parent: ParentTask | undefined,
  ): Promise<PreparedCanvas> {
    const chords = plans.flatMap((plan) => plan.chords);
    const calls = plans.flatMap((plan) => plan.messages.map(callOfSignature));
    if (calls.length > 0) await this.#options.check(calls, parent);
    return { publish: ({ again = false } = {}) => this.#publish(chords, calls, parent, again) };
  }

  async #publish(
    chords: readonly PlannedChord[],
    calls: readonly CanvasCall[],
    parent: ParentTask | undefined,
    again: boolean,
  ): Promise<void> {
    const gone = new Set<string>();
    for (const chord of chords) {
      if (again && (await this.#isGone(chord))) gone.add(chord.groupId);
      else await this.#begin(chord);
    }
    const due = calls.filter(({ canvas: { group } }) => !(group && gone.has(group)));
    if (due.length > 0) await this.#options.send(due, parent);
  }

  /** Without records although a part has ended: Python joined it and deleted them. They are not made again. */
  async #isGone({ groupId, members }: PlannedChord): Promise<boolean> {
    const { chords, results } = await this.#options.adapters();
    if (await chords.read(groupId)) return false;
    const ended = await results.read(leafIds(members));
    return ended.size > 0;
  }

  async #begin({ groupId, members, latestEta }: PlannedChord): Promise<void> {
    const { chords } = await this.#options.adapters();
    const start = Math.max(this.#options.clock.now(), latestEta?.getTime() ?? 0);
    await chords.create({ groupId, members, expiresAt: Math.ceil(start / 1000) + keptSeconds });
  }
}

import { type Outcome, outcomes } from './behaviours.ts';
import type { Process } from './process.ts';
import type { Work } from './scenario.ts';

/** A final state that was stored. */
export interface Final {
  readonly status: string;
  readonly at: number;
  /** The generation in which its letter may run again. */
  readonly dead: number | undefined;
  readonly byPython: boolean;
  /** From then on it is forgotten, and guarantees nothing any more. */
  readonly until: number;
  /** It was started, and never heard of, as often as is allowed. */
  readonly condemned: boolean;
}

/** What has been seen of one task. Times are in milliseconds since the epoch. */
export class TaskRecord {
  readonly work: Work;
  /** Its call was answered: it must end. */
  accepted = false;
  /** Something touched a message of it that may have it start again: a fault, a copy, a lost process, a lack of time. */
  disturbed = false;
  /** Something other than a mere copy disturbed it. */
  hit = false;
  /** Where its handler runs now, and what tells it that the worker has left it. */
  readonly running = new Map<Process, AbortSignal>();
  /** By attempt. */
  readonly starts = new Map<number, number>();
  /** A run came to its own end, whatever became of that. */
  ended = false;
  readonly finals: Final[] = [];
  /** The latest attempt on record. */
  latest:
    | { readonly attempt: number; readonly generation: number; readonly at: number }
    | undefined;
  /** Its revoke is on record. */
  revokedAt: number | undefined;
  terminatedAt: number | undefined;
  /** Whoever revoked it was told that it is done. */
  revokeAnswered = false;
  sentAt: number | undefined;
  pythonRan = false;
  /** Starts that were marked and ended, and are told by no result: by life, when they were settled. */
  readonly endedUntold = new Map<string, number>();
  /** Generations of its letters. */
  readonly letters = new Set<number>();

  constructor(work: Work) {
    this.work = work;
  }

  get final(): Final | undefined {
    return this.finals.at(-1);
  }

  /** What is on record of its end at that time. */
  finalAt(time: number): Final | undefined {
    return this.final && this.final.until >= time ? this.final : undefined;
  }

  /** Python puts whole items over whatever is there: a race of its own, which no guarantee covers. */
  overwritten(time: number): void {
    const { final } = this;
    if (final) this.finals.splice(-1, 1, { ...final, until: time - 1 });
  }

  get startCount(): number {
    return [...this.starts.values()].reduce((sum, one) => sum + one, 0);
  }

  /** Two deliveries of it never run at once. */
  get leased(): boolean {
    return this.work.task === 'leased' || this.work.task === 'atMostOnce';
  }

  /** A state is on record when it has ended: leases live on results. */
  get keepsResult(): boolean {
    return this.outcome.status !== undefined && (!this.work.ignoreResult || this.leased);
  }

  get outcome(): Outcome {
    return outcomes[this.work.behaviour];
  }
}

import type { Embed, TaskMessage } from '../protocol/index.ts';

/** A task that has ended, and all that what follows from it depends on. */
export interface Ended {
  readonly message: TaskMessage;
  /** The attempt that the final state was stored with: part of the ids of what follows. */
  readonly attempt: number;
  readonly status: string;
  /** The value, or the exception as the wire has it. */
  readonly result: unknown;
  readonly traceback: string | null;
  /** A Python worker stored it: it has published what follows from a success before. */
  readonly byPython: boolean;
}

/** Whether anything follows at all: most tasks stand alone. */
export function hasFollowing({ callbacks, errbacks, chain, chord }: Embed): boolean {
  return callbacks !== null || errbacks !== null || chain !== null || chord !== null;
}

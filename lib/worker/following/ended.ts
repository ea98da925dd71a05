import { hasFollowing, type TaskMessage } from '../../protocol/index.ts';

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

/** Whether anything follows at all, also where the body that says what lies elsewhere: most tasks stand alone. */
export function mayFollow({ reference, embed }: TaskMessage): boolean {
  return reference ? reference.follows || hasFollowing(embed) : hasFollowing(embed);
}

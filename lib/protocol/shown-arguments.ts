import { reprArgs, reprKwargs } from './python-repr.ts';
import type { TaskMessage } from './task-message.ts';

/** What logs and events show of a task's arguments, where the task's options say it. */
export interface ShownArguments {
  readonly argsrepr?: string | undefined;
  readonly kwargsrepr?: string | undefined;
}

/** The `argsrepr` of a message that gets other arguments: as its task says, or what its caller chose, or their `repr`. */
export function argsreprOf(
  args: TaskMessage['args'],
  before: Pick<TaskMessage, 'args' | 'argsrepr'>,
  { argsrepr }: ShownArguments,
): string {
  return argsrepr ?? chosen(before.argsrepr, reprArgs(before.args)) ?? reprArgs(args);
}

/** As {@link argsreprOf}, of keyword arguments. */
export function kwargsreprOf(
  kwargs: TaskMessage['kwargs'],
  before: Pick<TaskMessage, 'kwargs' | 'kwargsrepr'>,
  { kwargsrepr }: ShownArguments,
): string {
  return kwargsrepr ?? chosen(before.kwargsrepr, reprKwargs(before.kwargs)) ?? reprKwargs(kwargs);
}

/** What a caller had shown instead of the arguments, to keep a secret, is shown of the new ones, too. */
function chosen(shown: string, plain: string): string | undefined {
  return shown === '' || shown === plain ? undefined : shown;
}

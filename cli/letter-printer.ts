import type { Celery } from '../lib/app/index.ts';
import type { DeadLetter } from '../lib/dead-letters/index.ts';
import type { CommandContext } from './command.ts';
import { letterJson, letterTable } from './letter-lines.ts';

/** Where letters are printed. */
export interface LetterPrinter {
  add(letter: DeadLetter): void;
  /** No more will come. */
  end(): void;
  count(): number;
}

/** How letters are printed. */
export interface LetterPrinting {
  /** A line of JSON each instead of a table. */
  readonly json: boolean;
  /** With `json`: the arguments themselves, too. */
  readonly withArguments: boolean;
  /** Tasks whose options may say what is shown of arguments. */
  readonly tasks: Celery['tasks'];
}

/** Prints letters. JSON goes out letter by letter; a table needs to know how wide its columns are. */
export function letterPrinter(
  { output, print }: Pick<CommandContext, 'output' | 'print'>,
  { json, withArguments, tasks }: LetterPrinting,
): LetterPrinter {
  const letters: DeadLetter[] = [];
  return {
    add(letter: DeadLetter): void {
      const shown = asShown(letter, tasks);
      letters.push(shown);
      if (json) print(letterJson(shown, withArguments));
    },
    end(): void {
      const width = output.isTTY ? output.columns : undefined;
      if (!json && letters.length > 0) print(letterTable(letters, width));
    },
    count: (): number => letters.length,
  };
}

/** As the worker's log shows it: a task's option goes before what the caller, perhaps another application, has said. */
function asShown(letter: DeadLetter, tasks: Celery['tasks']): DeadLetter {
  const { content, task } = letter;
  const { argsrepr, kwargsrepr } = tasks.get(task ?? '')?.options ?? {};
  if (!content) return letter;
  const message = {
    ...content.message,
    ...(argsrepr !== undefined && { argsrepr }),
    ...(kwargsrepr !== undefined && { kwargsrepr }),
  };
  return { ...letter, content: { ...content, message } };
}

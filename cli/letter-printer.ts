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

/** Prints letters. JSON goes out letter by letter; a table needs to know how wide its columns are. */
export function letterPrinter(
  { output, print }: Pick<CommandContext, 'output' | 'print'>,
  { json, withArguments }: { readonly json: boolean; readonly withArguments: boolean },
): LetterPrinter {
  const letters: DeadLetter[] = [];
  return {
    add(letter: DeadLetter): void {
      letters.push(letter);
      if (json) print(letterJson(letter, withArguments));
    },
    end(): void {
      const width = output.isTTY ? output.columns : undefined;
      if (!json && letters.length > 0) print(letterTable(letters, width));
    },
    count: (): number => letters.length,
  };
}

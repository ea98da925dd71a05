import type { DeadLetter } from '../lib/dead-letters/index.ts';

/** Which letters a command is about; what is not given does not matter. */
export interface LetterFilter {
  /** Ids of tasks, or of letters. */
  readonly ids?: readonly string[] | undefined;
  /** Name of the task, `*` for any text and `?` for any character in it. */
  readonly task?: string | undefined;
  /** Name of the error, with `*` and `?`. A letter that SQS itself moved has none. */
  readonly reason?: string | undefined;
}

/** Whether a letter is one of those asked for. */
export function letterFilter({ ids, task, reason }: LetterFilter): (letter: DeadLetter) => boolean {
  const wanted = ids && new Set(ids);
  const taskMatches = matcher(task);
  const reasonMatches = matcher(reason);
  return (letter) =>
    (wanted === undefined || has(wanted, letter.id) || wanted.has(letter.messageId)) &&
    taskMatches(letter.task) &&
    reasonMatches(letter.reason);
}

function has(ids: ReadonlySet<string>, id: string | undefined): boolean {
  return id !== undefined && ids.has(id);
}

/** As a shell has it: everything else in a pattern stands for itself. */
function matcher(pattern: string | undefined): (text: string | undefined) => boolean {
  if (pattern === undefined) return () => true;
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const whole = new RegExp(`^${source}$`, 's');
  return (text) => text !== undefined && whole.test(text);
}

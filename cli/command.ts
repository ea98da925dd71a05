import { type ParseArgsConfig, parseArgs } from 'node:util';
import { CeleryError } from '../lib/errors.ts';
import type { TerminalLike } from '../local/live-lines.ts';

/** The command line is wrong: what was given and what was expected. Ends with exit code 2 and no stack trace. */
export class UsageError extends CeleryError {
  override readonly name = 'UsageError';
}

/** What a command gets to work with. */
export interface CommandContext {
  /** Standard output. */
  readonly output: TerminalLike;
  /** Prints a line for the user. */
  readonly print: (line: string) => void;
  /** Prints a line about what is going on. */
  readonly report: (line: string) => void;
  /** Aborted by Ctrl-C and by SIGTERM: end what was started, then return. */
  readonly signal: AbortSignal;
}

/** A command of `celery-aws`, after its line has been read. Answers the exit code. */
export interface Command {
  readonly name: string;
  /** What follows the name, as help shows it. */
  readonly usage: string;
  readonly summary: string;
  /** More lines for `celery-aws NAME --help`: options and examples. */
  readonly details: string;
  run(args: readonly string[], context: CommandContext): Promise<number>;
}

type Options = NonNullable<ParseArgsConfig['options']>;

type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ options: T; allowPositionals: true; strict: true }>
>;

/** Reads a command line strictly. @throws UsageError for what is not an option, lacks its value or has one too many. */
export function readArgs<const T extends Options>(
  args: readonly string[],
  options: T,
): { readonly values: Parsed<T>['values']; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (isParseArgsError(error)) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** The one positional a command wants. @throws UsageError when there is none, or more. */
export function onlyOne(positionals: readonly string[], what: string): string {
  const [first, ...more] = positionals;
  if (first === undefined) throw new UsageError(`${what} is missing`);
  refuse(more);
  return first;
}

/** Refuses positionals a command has no use for. @throws UsageError */
export function refuse(positionals: readonly string[]): void {
  if (positionals.length === 0) return;
  throw new UsageError(`Unexpected argument ${positionals.map((word) => `'${word}'`).join(' ')}`);
}

/** The value of an option that must be given. @throws UsageError */
export function required(value: string | undefined, option: string): string {
  if (value === undefined || value === '') throw new UsageError(`Option ${option} is missing`);
  return value;
}

/** A whole number from 1 to `most`. @throws UsageError */
export function positiveInteger(text: string, option: string, most?: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= (most ?? value)) return value;
  const range = most === undefined ? 'of at least 1' : `from 1 to ${most}`;
  throw new UsageError(`Option ${option} is '${text}', expected a whole number ${range}`);
}

/** The same for an option that may be left out. @throws UsageError */
export function optionalInteger(
  text: string | undefined,
  option: string,
  most?: number,
): number | undefined {
  return text === undefined ? undefined : positiveInteger(text, option, most);
}

function isParseArgsError(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  );
}

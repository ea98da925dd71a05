import { spawn } from 'node:child_process';
import { CommandFailed } from './errors.ts';

/** Where and how a program runs. */
export interface RunOptions {
  /** Default: this process's folder. */
  readonly cwd?: string;
  /** The whole environment; default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends the program when aborted, or when its time is up. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a program to its end and answers what it printed on stdout; nothing shows unless it fails.
 *
 * @throws CommandFailed with all it printed, when it cannot start, exits other than 0, or is aborted.
 */
export function runCommand(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const commandLine = [program, ...args].join(' ');
  return new Promise((resolve, reject) => {
    let stdout = '';
    let everything = '';
    const child = spawn(program, [...args], {
      cwd: options.cwd,
      env: options.env ?? process.env,
      signal: options.signal,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      everything += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      everything += text;
    });
    child.on('error', (error) => reject(new CommandFailed(commandLine, error.message, everything)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else reject(new CommandFailed(commandLine, outcomeOf(code, signal), everything));
    });
  });
}

function outcomeOf(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exited with ${code}` : `was ended by ${signal}`;
}
